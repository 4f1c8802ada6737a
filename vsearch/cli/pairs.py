"""Options of the form LEFT=RIGHT."""

from __future__ import annotations

from collections.abc import Iterable

import typer


def split_pair(text: str, wanted: str, option: str) -> tuple[str, str]:
    """Take LEFT=RIGHT apart, at the last sign.

    Args:
        text: what was given.
        wanted: what it should look like, for the message.
        option: which option it was given for.

    Raises:
        BadParameter: one side is empty.
    """
    left, sign, right = text.rpartition("=")
    if not (sign and left.strip() and right.strip()):
        raise typer.BadParameter(f'"{text}" is not {wanted}', param_hint=option)
    return left.strip(), right.strip()


def column_mapping(pairs: Iterable[str]) -> dict[str, str]:
    """What ``--map COLUMN=FIELD`` says, by column.

    Raises:
        BadParameter: one can't be read.
    """
    return dict(split_pair(pair, "COLUMN=FIELD", "--map") for pair in pairs)

"""``vsearch encoders``: what can be named with ``--encoder``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from vsearch.cli import FAILED
from vsearch.cli.options import JsonOption
from vsearch.cli.output import complain, note, print_json

if TYPE_CHECKING:
    from vsearch.encoder.available import AvailableEncoder


def encoders(
    pattern: Annotated[
        str | None,
        typer.Argument(
            help="Look through every model that timm has weights for: 'vit_small*'.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List encoders: the bundled and the recommended ones, or all of timm's that match a pattern.

    Examples:

      vsearch encoders

      vsearch encoders '*dinov2*'
    """
    from vsearch.encoder.available import IN_THE_PACKAGE, OF_OPEN_CLIP, RECOMMENDED, find

    listed = [IN_THE_PACKAGE, *RECOMMENDED, *OF_OPEN_CLIP] if pattern is None else find(pattern)
    if as_json:
        for encoder in listed:
            print_json(asdict(encoder))
    elif pattern is None:
        # Each with columns of its own: open_clip's names are long.
        _print([IN_THE_PACKAGE, *RECOMMENDED])
        _print(OF_OPEN_CLIP)
    elif listed:
        _print(listed)
    if not listed:
        complain(f'no timm model with weights matches "{pattern}"')
        raise typer.Exit(FAILED)
    if pattern is None:
        note('open_clip: needs pip install ".[clip]"')
        note("more: vsearch encoders PATTERN, for example 'vit_*'")


def _print(listed: Iterable[AvailableEncoder]) -> None:
    from vsearch.cli.tables import Justify, is_wide, print_table

    columns: list[tuple[str, Justify]] = [
        ("encoder", "left"),
        ("params", "right"),
        ("licence", "left"),
    ]
    if is_wide():
        columns += [("dim", "right"), ("px", "right"), ("note", "left")]
    rows = [
        [
            encoder.name,
            "" if encoder.parameters_m is None else f"{encoder.parameters_m:.1f} M",
            encoder.licence or "unknown",
            "" if encoder.dim is None else str(encoder.dim),
            str(encoder.side),
            encoder.note,
        ]
        for encoder in listed
    ]
    print_table(columns, (row[: len(columns)] for row in rows), whole="encoder")

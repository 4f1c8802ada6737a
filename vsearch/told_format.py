"""The format that a file's name tells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vsearch.errors import QueryError


def told_format(name: str, formats: Sequence[str]) -> str:
    """Which of some formats a file's name ends in.

    Raises:
        QueryError: none of them.
    """
    ending = Path(name).suffix.removeprefix(".").lower()
    if ending not in formats:
        raise QueryError(f'"{name}": its name tells no format; end it in .{", .".join(formats)}')
    return ending

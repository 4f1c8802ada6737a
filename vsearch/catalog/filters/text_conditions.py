"""SQL that compares texts without regard to upper and lower case, as ``folding`` has it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Text, collate, false, func, literal

from vsearch.catalog.folding import SQLITE_FOLD, fold, other_cases

_ESCAPE = "\\"


def is_one_of(
    dialect: str, column: ColumnElement[str], values: Iterable[str]
) -> ColumnElement[bool]:
    """Whether the text equals one of the values; NULL where it is NULL."""
    folded = sorted(set(map(fold, values)))
    if not folded:
        return false()
    return _folded(dialect, column, folded).in_(folded)


def is_like(
    dialect: str, column: ColumnElement[str], pieces: tuple[str, ...]
) -> ColumnElement[bool]:
    """Whether the text begins with the first piece, goes on with the others and ends with the
    last; a single piece may stand anywhere in it. NULL where it is NULL.
    """
    folded = [fold(piece) for piece in pieces]
    escaped = [_escaped(piece) for piece in folded]
    pattern = "%".join(escaped) if len(escaped) > 1 else f"%{escaped[0]}%"
    return _folded(dialect, column, folded).like(pattern, escape=_ESCAPE)


def _folded(dialect: str, column: ColumnElement[str], values: list[str]) -> ColumnElement[str]:
    """The text in lower case, as far as it matters in a comparison with these values."""
    letters = sorted({letter for value in values for letter in value if not letter.isascii()})
    if dialect == "sqlite":
        # A call of Python costs four times as much as one of SQLite's own functions.
        return func.lower(column) if not letters else getattr(func, SQLITE_FOLD)(column, type_=Text)
    # In this collation lower knows ASCII only, whatever the server is set to.
    lowered: ColumnElement[str] = func.lower(collate(column, "C"), type_=Text)
    pairs = [(other, letter) for letter in letters for other in other_cases(letter)]
    if not pairs:
        return lowered
    before, after = ("".join(side) for side in zip(*pairs, strict=True))
    return func.translate(lowered, literal(before), literal(after), type_=Text)


def _escaped(piece: str) -> str:
    for special in (_ESCAPE, "%", "_"):
        piece = piece.replace(special, _ESCAPE + special)
    return piece

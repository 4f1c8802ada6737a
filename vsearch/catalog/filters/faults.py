"""Where a filter is wrong, drawn for people."""

from __future__ import annotations

import unicodedata

from vsearch.errors import FilterError

_WIDTH = 72
_BEFORE = 40


class Fault(Exception):
    """A place in a filter, and what is wrong there; outside of this package, a ``FilterError``."""

    def __init__(self, position: int, width: int, problem: str) -> None:
        super().__init__(position, width, problem)
        self.position = position
        self.width = width
        self.problem = problem

    def within(self, text: str) -> FilterError:
        """The error that shows the text with carets under the fault."""
        return FilterError(
            f"filter, column {self.position + 1}: {self.problem}\n"
            f"{_drawing(text, self.position, self.width)}",
            text=text,
            position=self.position,
        )


def shown(text: str, limit: int = 40) -> str:
    """A piece of a filter in quotes, cut to a bearable length and safe to print."""
    printable = "".join(map(_printable, text[:limit]))
    return f'"{printable}…"' if len(text) > limit else f'"{printable}"'


def _drawing(text: str, position: int, width: int) -> str:
    start = max(0, position - _BEFORE)
    end = min(len(text), start + _WIDTH)
    before, after = "…" if start else "", "…" if end < len(text) else ""
    line = "".join(map(_printable, text[start:end]))
    indent = _columns(before) + _columns(line[: position - start])
    carets = max(1, _columns(line[position - start : position - start + width]))
    return f"  {before}{line}{after}\n  {' ' * indent}{'^' * carets}"


def _printable(character: str) -> str:
    if character.isspace():
        return " "
    # Half a surrogate pair can't be written anywhere; a character that turns the direction of
    # writing would move the caret.
    return character if character.isprintable() else "\ufffd"


def _columns(text: str) -> int:
    """How many columns of a terminal it takes."""
    return sum(
        0
        if unicodedata.combining(character)
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )

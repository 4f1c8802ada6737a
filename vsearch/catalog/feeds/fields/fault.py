"""What the parsers of single fields raise."""

from __future__ import annotations


class FieldFault(Exception):
    """One cell can't be used; its row becomes a ``Rejection`` with this field and problem."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


def quoted(value: object, limit: int = 80) -> str:
    """The value in quotes as a message names it: one line, cut to ``limit`` characters."""
    text = str(value)
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return '"' + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut) + '"'

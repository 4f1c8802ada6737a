"""What the parsers of single fields raise."""

from __future__ import annotations


class FieldFault(Exception):
    """One cell can't be used; its row becomes a ``Rejection`` with this field and problem."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
        self.sku = ""
        """Of the row's product, where it could be told."""


class about:  # noqa: N801 - read as a phrase: `with about(sku):`
    """Lets a fault within the block know which product it is about."""

    def __init__(self, sku: str) -> None:
        self._sku = sku

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, FieldFault):
            error.sku = self._sku


def quoted(value: object, limit: int = 80) -> str:
    """The value in quotes as a message names it: one line, cut to ``limit`` characters."""
    text = str(value)
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return '"' + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut) + '"'

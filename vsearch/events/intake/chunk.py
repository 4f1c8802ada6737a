"""Some rows as a file or a table has them, with what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

#: The fields of an event that a row may tell.
FIELDS = ("kind", "sku", "at", "user_id", "session_id", "query_id", "position", "quantity")

#: How many rows are understood and stored at once.
CHUNK_ROWS = 100_000


class Untold(Enum):
    """What stands in the cell of a field that a row has no column for, where others have."""

    UNTOLD = ""


UNTOLD: Final = Untold.UNTOLD


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """A row that can't be used; the rows around it can."""

    row: int
    """As a person counts: the line of a text file (the header is line 1), the row of a Parquet
    file or a table (the first is 1)."""
    field: str
    """Of the event; ``row`` where the row as a whole can't be read."""
    problem: str
    """What is wrong, naming the value, and what would be right."""

    def __str__(self) -> str:
        return f"{self.row}: {self.field}: {self.problem}"


@dataclass(frozen=True, slots=True)
class RawChunk:
    """n rows, a column at a time, not understood yet."""

    rows: Sequence[int]
    """(n,) what each is called in messages."""
    cells: Mapping[str, Sequence[object]]
    """Field → (n,) cells, for the fields that the rows tell."""
    rejected: Sequence[RejectedEvent] = ()
    """Rows among them that couldn't be taken apart."""
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """What was told and is nothing that a shopper did with a product, and how often."""

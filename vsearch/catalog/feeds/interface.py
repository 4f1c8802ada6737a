"""What every feed reader offers: an iterator of items, one at a time, in the feed's order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vsearch.catalog.product import Product


@dataclass(frozen=True, slots=True)
class Listed:
    """A product that the feed lists: added if it is new, changed if it differs."""

    row: int
    """Where it begins, as the merchant's own program counts: the line of a text file (the
    header is line 1), the entry of an XML or Parquet file (the first is 1). Rows may come out
    of order."""

    product: Product


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A product that the feed asks to remove, or lists as not published in the shop."""

    row: int
    sku: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that can't be used; the rows around it can."""

    row: int
    field: str
    """The product field that is wrong, or the column where no field fits."""

    problem: str
    """What is wrong, naming the value: ``"abc" is not a price; write it like 12.50 EUR``."""

    raw: str
    """The row as it stands in the feed, for ``--rejected``: JSON of its columns."""

    sku: str = ""
    """Where it can be told: a malformed row doesn't mean that its product has left the feed."""

    def __str__(self) -> str:
        return f"{self.row}: {self.field}: {self.problem}"


FeedItem = Listed | Withdrawn | Rejection


class Feed(Protocol):
    """A merchant's export, opened and recognised, ready to be read more than once."""

    @property
    def path(self) -> Path:
        """The file or folder as the user named it."""

    @property
    def root(self) -> Path:
        """The folder that relative image paths start from; absolute, resolved."""

    @property
    def format(self) -> str:
        """Which reader it is: ``folder``, ``csv``, ``tsv``, ``jsonl``, ``parquet``,
        ``google``, ``shopify``, ``woocommerce`` or ``changes``."""

    @property
    def size(self) -> int:
        """How much there is to read, in the units of ``position`` (bytes, rows or files);
        0 where it can't be known beforehand."""

    @property
    def position(self) -> int:
        """How far the running ``read`` has come, 0 to ``size``."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader had to assume, a sentence each, complete once ``read`` has ended:
        ``not UTF-8: read as windows-1252; say --encoding where that is wrong``."""

    def read(self) -> Iterator[FeedItem]:
        """Yield the feed's items, holding one row (or one product's rows) at a time.

        Raises:
            FeedError: the feed as a whole can't be read (no such file, a missing column,
                XML that is not well-formed or declares entities).
        """

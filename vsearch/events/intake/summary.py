"""What became of events from elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class IntakeSummary:
    """How many events were read, stored and left out; it grows while they are read."""

    stored: int = 0
    """That are new."""
    known: int = 0
    """That had been stored before, and are there once."""
    rejected: int = 0
    """Rows that can't be used."""
    passed_over: Counter[str] = field(default_factory=Counter)
    """What rows told that is none of our kinds, and how often: ``page_scroll``."""
    skus: Counter[str] = field(default_factory=Counter)
    """How many events each product has here."""
    unknown_skus: list[str] = field(default_factory=list)
    """Those that aren't in the catalogue, the most frequent first; told at the end."""
    notes: list[str] = field(default_factory=list)
    """What had to be assumed, a sentence each."""

    @property
    def unknown_events(self) -> int:
        """How many events are of products that aren't in the catalogue; they are stored."""
        return sum(self.skus[sku] for sku in self.unknown_skus)

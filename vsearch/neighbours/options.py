"""What neighbours are asked for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from vsearch.errors import QueryError
from vsearch.recommending.asked import CategoryScope

MAX_K = 1_000

#: The share of the true neighbours that is found, where not all of them are looked for.
DEFAULT_RECALL = 0.97


@dataclass(frozen=True, slots=True)
class NeighbourOptions:
    """Which neighbours of every product are wanted.

    Raises:
        QueryError: a number is out of range.
    """

    k: int = 50
    """How many of each product, 1 to 1,000."""
    where: str = ""
    """A filter on the neighbours; docs/filters.md has the language. Every product asks."""
    category: CategoryScope = CategoryScope.ANY
    variants: bool = False
    """Whether variants of a product can be its neighbours."""
    recall: float = DEFAULT_RECALL
    """The share of the true neighbours to find in a large catalogue, 0.5 to 1; 1 for all. Up to
    some 120,000 pictures all are found anyway."""

    def __post_init__(self) -> None:
        """Hold the numbers to their ranges."""
        if not 1 <= self.k <= MAX_K:
            raise QueryError(f"k = {self.k}: ask for 1 to {MAX_K:,} neighbours")
        if not 0.5 <= self.recall <= 1:
            raise QueryError(f"recall = {self.recall}: give a number from 0.5 to 1")

    @property
    def key(self) -> str:
        """16 hex digits: what was found for the same options can be brought up to date."""
        asked = (self.k, self.where.strip(), self.category.value, self.variants, self.recall)
        return hashlib.blake2b(repr(asked).encode(), digest_size=8).hexdigest()

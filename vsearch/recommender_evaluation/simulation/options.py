"""How large the simulated shop is, and what its shoppers choose by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from vsearch.errors import EvaluationError

_MOST_SHOPPERS = 1_000_000
_MOST_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class TasteWeights:
    """How much each thing that a shopper likes adds to the liking; e to it multiplies chances."""

    category: float = 3.0
    colour: float = 1.0
    brand: float = 1.0
    style: float = 0.5
    """For each other attribute in which a product agrees."""
    price: float = 0.75
    """Taken off for each standard deviation of log price away from the liked one."""


#: Shoppers who choose by what a picture shows little of. With it looks help hardly at all:
#: a recommender that leans on them shows it here.
BY_BRAND = TasteWeights(category=0.0, colour=0.0, brand=3.0, style=0.5, price=1.5)


@dataclass(frozen=True, slots=True)
class ShopOptions:
    """Which shop is simulated; the same options over the same products give the same events.

    Raises:
        EvaluationError: a number is out of range.
    """

    shoppers: int = 500
    """The first 100 of 500 are the same people who come where only 100 do."""
    days: int = 60
    seed: int = 0
    start: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    """The first day's midnight."""
    weights: TasteWeights = field(default_factory=TasteWeights)

    def __post_init__(self) -> None:
        """Hold the numbers to their ranges."""
        if not 1 <= self.shoppers <= _MOST_SHOPPERS:
            raise EvaluationError(f"shoppers = {self.shoppers}: give 1 to {_MOST_SHOPPERS:,}")
        if not 1 <= self.days <= _MOST_DAYS:
            raise EvaluationError(f"days = {self.days}: give 1 to {_MOST_DAYS:,}")
        if self.seed < 0:
            raise EvaluationError(f"seed = {self.seed}: give a number from 0")
        if self.start.tzinfo is None:
            raise EvaluationError(f"start = {self.start.isoformat()}: it has no time zone; add one")

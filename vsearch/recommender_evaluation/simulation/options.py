"""How large the simulated shop is, and what its shoppers choose by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from vsearch.errors import EvaluationError

_MOST_SHOPPERS = 1_000_000
_MOST_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class TasteModel:
    """What tastes are about, and how much each thing counts in them.

    A liking is a sum; e to it multiplies the chance that a product is met.
    """

    widest_category: float = 0.4
    """Of all tastes this share is about a category's first level,"""
    category: float = 0.4
    """this one about its second level,"""
    brand_only: float = 0.2
    """this one about a brand, whatever the category,"""
    colour_only: float = 0.0
    """this one about a colour likewise,"""
    theme: float = 0.0
    """and this one about a theme: some ten products that have nothing in common but that, neither
    in what the catalogue says nor in their pictures. The five are taken in proportion."""
    kept_to: float = 0.8
    """How many of a taste's steps keep to what it is about, as long as something is left of it;
    the others go anywhere."""
    about: float = 3.0
    """What is added to the liking of what a taste is about. It decides on clicks and baskets."""
    colour: float = 1.0
    brand: float = 1.0
    style: float = 0.5
    """For each other attribute in which a product agrees."""
    price: float = 0.75
    """Taken off for each standard deviation of log price away from the liked one."""


#: Shoppers who keep to brands and don't care for colours: pictures show less of what they choose
#: by. How much less is up to the catalogue; where a brand sells one kind of thing, little.
BY_BRAND = TasteModel(widest_category=0.0, category=0.0, brand_only=1.0, colour=0.0)

#: Shoppers who keep to colours, across categories and brands.
BY_COLOUR = TasteModel(
    widest_category=0.0, category=0.0, brand_only=0.0, colour_only=1.0, brand=0.0, price=0.0
)

#: Shoppers whose tastes show nowhere but in what they do. Whoever leans on pictures, or on what
#: the catalogue says, loses here.
BY_THEME = TasteModel(
    widest_category=0.0,
    category=0.0,
    brand_only=0.0,
    theme=1.0,
    colour=0.0,
    brand=0.0,
    style=0.0,
    price=0.0,
)


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
    tastes: TasteModel = field(default_factory=TasteModel)
    rules_by_theme: bool = False
    """Whether it is themes that call for one another, not categories: then nothing but baskets
    tells what goes with what."""

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

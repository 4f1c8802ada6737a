"""What is asked of a recommender."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vsearch.errors import QueryError
from vsearch.events.event import Event
from vsearch.searching.boost import Boost
from vsearch.searching.query import DEFAULT_K, MAX_K, Grouping

#: The most products and events that one question may name.
MAX_HISTORY = 1_000

MAX_INTERESTS = 10


class CategoryScope(StrEnum):
    """From which categories similar products may come."""

    ANY = "any"
    SAME = "same"
    """The product's own, to the last level."""
    OTHER = "other"
    """Every one but the product's own."""


@dataclass(frozen=True, slots=True)
class SimilarTo:
    """Which products look like one: itself, its variants and near-identical listings left out.

    Raises:
        QueryError: a number is out of range.
    """

    sku: str
    k: int = DEFAULT_K
    offset: int = 0
    where: str = ""
    """A filter; docs/filters.md has the language."""
    category: CategoryScope = CategoryScope.ANY
    price_band: float | None = None
    """At most this share dearer or cheaper: 0.25 for a quarter. In the product's own currency.
    None for any price."""
    in_stock: bool = False
    """Whether only what can be bought now is found."""
    group: Grouping = Grouping.PRODUCT
    collapse: bool = False
    """Whether near-identical listings come as one hit; those of the product itself never come."""
    diversity: float = 0.0
    boosts: tuple[Boost, ...] = ()
    min_confidence: float = 0.0
    facets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Look at what ``Query`` doesn't look at."""
        if self.price_band is not None and not 0 < self.price_band <= 10:
            raise QueryError(f"price_band = {self.price_band}: give a share above 0, up to 10")


@dataclass(frozen=True, slots=True)
class ForShopper:
    """What a shopper may want next, from what they did.

    Known are the events that the collection has of the user or the session, and those given
    here. With neither there is what is popular.

    Raises:
        QueryError: a number is out of range, or there are too many events.
    """

    user_id: str = ""
    session_id: str = ""
    history: tuple[Event, ...] = ()
    """Beside what the collection knows; the order doesn't count where events have a moment."""
    like: tuple[str, ...] = ()
    """SKUs that the shopper has said to like. They don't age."""
    unlike: tuple[str, ...] = ()
    """SKUs that the shopper has said not to like; what looks like them moves down."""
    k: int = DEFAULT_K
    where: str = ""
    in_stock: bool = False
    seen: bool = False
    """Whether products that the shopper has met may be recommended."""
    interests: int = 4
    """Into how many interests a history is taken apart at most, 1 to 10; each is served."""
    half_life_days: float = 14.0
    """After how many days an event counts half."""
    fresh: float = 0.0
    """How many places are for products that nobody has met, 0 to 1: with 0.1 the last one of ten,
    unless one has come before it by itself. What is popular, or met together, is nearly always
    ahead of them. Only for who has a history."""
    diversity: float = 0.0
    boosts: tuple[Boost, ...] = ()
    seed: int = 0
    """The same question with the same seed has the same answer."""
    at: datetime | None = None
    """The moment from which events' ages are counted, with its time zone; None for now."""

    def __post_init__(self) -> None:
        """Hold the numbers to their ranges."""
        require_k(self.k)
        named = len(self.history) + len(self.like) + len(self.unlike)
        if named > MAX_HISTORY:
            raise QueryError(f"{named} products and events; {MAX_HISTORY:,} at most")
        if not 1 <= self.interests <= MAX_INTERESTS:
            raise QueryError(f"interests = {self.interests}: ask for 1 to {MAX_INTERESTS}")
        if not 0 < self.half_life_days <= 36_500:
            raise QueryError(
                f"half_life_days = {self.half_life_days}: give more than 0 days, 36,500 at most"
            )
        if not 0 <= self.fresh <= 1:
            raise QueryError(f"fresh = {self.fresh}: give a share from 0 to 1")
        if not 0 <= self.diversity <= 1:
            raise QueryError(f"diversity = {self.diversity}: give a number from 0 to 1")
        if self.at is not None and self.at.tzinfo is None:
            raise QueryError(f"at = {self.at.isoformat()}: it has no time zone; add one")


@dataclass(frozen=True, slots=True)
class GoesWith:
    """What goes with some products: what completes the outfit, the room, the meal.

    Raises:
        QueryError: there is no product, or a number is out of range.
    """

    skus: tuple[str, ...]
    k: int = DEFAULT_K
    where: str = ""
    in_stock: bool = False
    each_category: int = 0
    """At most so many of one category; 0 for any number."""
    boosts: tuple[Boost, ...] = ()

    def __post_init__(self) -> None:
        """Hold the numbers to their ranges."""
        require_k(self.k)
        if not self.skus:
            raise QueryError("nothing to complete: name at least one SKU")
        if len(self.skus) > MAX_HISTORY:
            raise QueryError(f"{len(self.skus)} products; {MAX_HISTORY:,} at most")
        if self.each_category < 0:
            raise QueryError(
                f"each_category = {self.each_category}: give 0 for any number, or more"
            )


@dataclass(frozen=True, slots=True)
class Popular:
    """What shoppers want most at the moment.

    Raises:
        QueryError: a number is out of range.
    """

    k: int = DEFAULT_K
    where: str = ""
    in_stock: bool = False

    def __post_init__(self) -> None:
        """Hold the numbers to their ranges."""
        require_k(self.k)


def require_k(k: int) -> None:
    """See that so many products can be asked for.

    Raises:
        QueryError: they can't.
    """
    if not 1 <= k <= MAX_K:
        raise QueryError(f"k = {k}: ask for 1 to {MAX_K} products")

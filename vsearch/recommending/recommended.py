"""What a recommender answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vsearch.searching.result import Hit


class Basis(StrEnum):
    """Why a product is recommended: never claimed to be more than it is."""

    LOOKS = "looks"
    """It looks like what the shopper met."""
    KIND = "kind"
    """It is of a category, of a brand, at a price that the shopper met."""
    TOGETHER = "together"
    """Shoppers who met that met this as well."""
    LEARNED = "learned"
    """A model of what the shop's customers put together says that it fits."""
    STYLE = "style"
    """It is of another category and of the same style. Nothing was learned from events."""
    POPULAR = "popular"
    """Many want it at the moment."""
    NEWEST = "newest"
    """It was added last; nothing else is known."""


@dataclass(frozen=True, slots=True)
class Recommended:
    """One product that is recommended."""

    hit: Hit
    """Its ``score`` orders the hits of one answer; it compares with no other answer's."""
    basis: Basis
    """What spoke for it most."""
    because: tuple[str, ...] = ()
    """The SKUs of the asking products that spoke for it, the strongest first."""


@dataclass(frozen=True, slots=True)
class Interest:
    """One thing that a shopper seems to look for."""

    skus: tuple[str, ...]
    """The products that show it, the strongest first."""
    share: float
    """Of the shopper's interest as a whole; they sum to 1."""


@dataclass(frozen=True, slots=True)
class Recommendations:
    """The answer to one question."""

    hits: tuple[Recommended, ...]
    interests: tuple[Interest, ...] = ()
    """The strongest first; none where there is no history."""
    unknown: tuple[str, ...] = ()
    """Asking SKUs that the catalogue doesn't have (any more); they were passed over."""
    why_nothing: str | None = None
    """Where there is no hit: the reason, for people."""

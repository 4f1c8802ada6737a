"""What speaks for a product, before it is loaded and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vsearch.recommending.recommended import Basis, Recommended
from vsearch.searching.reading import Reading


@dataclass(frozen=True, slots=True)
class Support:
    """How much speaks for one product, and what of it most."""

    score: float
    basis: Basis
    because: tuple[str, ...] = ()
    """The SKUs of the asking products that speak for it, the strongest first."""


def shown(reading: Reading, supports: Mapping[int, Support]) -> tuple[Recommended, ...]:
    """Products by id as they are answered, in their order; those that are gone are left out."""
    hits = reading.hits({one: support.score for one, support in supports.items()})
    return tuple(
        Recommended(hit, supports[hit.product_id].basis, supports[hit.product_id].because)
        for hit in hits
    )


def why_none(where: str, what: str = "no product") -> str:
    """The reason why there is nothing to show, as a sentence without its full stop."""
    return f"{what} passes the filter {where}" if where else f"the collection has {what}"

"""What the tools ask of a catalogue, whether it lies in a folder or behind a service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from vsearch.catalog.product import Product
from vsearch.recommending.asked import ForShopper, GoesWith, SimilarTo
from vsearch.recommending.recommended import Recommendations
from vsearch.searching.query import Query
from vsearch.searching.result import Result

#: So many products are looked at to tell which values there are.
SAMPLED = 2_000


@dataclass(frozen=True, slots=True)
class Glance:
    """A catalogue at a glance."""

    products: int
    has_confidence: bool
    """Whether hits carry a probability."""
    takes_text: bool
    """Whether ``Query.text`` can be asked for."""
    sample: tuple[Product, ...]
    """Products to count the values of, all of them where there are few."""


class Catalogue(Protocol):
    """What the tools ask. Each method may be called from several threads at once."""

    def search(self, query: Query) -> Result:
        """Answer a query."""

    def similar(self, asked: SimilarTo) -> Result:
        """Products that look like one."""

    def complete(self, asked: GoesWith) -> Recommendations:
        """What goes with some products."""

    def recommend(self, asked: ForShopper) -> Recommendations:
        """What a shopper may want next."""

    def product(self, sku: str) -> Product:
        """The product with this SKU."""

    def thumbnail(self, content_hash: str) -> bytes:
        """A small WebP of a hit's picture."""

    def glance(self) -> Glance:
        """What there is."""

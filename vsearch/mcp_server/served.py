"""A catalogue behind a service."""

from __future__ import annotations

from vsearch.catalog.product import Product
from vsearch.client import Client
from vsearch.mcp_server.catalogue import SAMPLED, Glance
from vsearch.recommending.asked import ForShopper, GoesWith, SimilarTo
from vsearch.recommending.recommended import Recommendations
from vsearch.searching.query import Query
from vsearch.searching.result import Result

_PAGE = 200


class ServedCatalogue:
    """Asks a service; its client stays the caller's to close."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def search(self, query: Query) -> Result:
        """Answer a query."""
        return self._client.search(query)

    def similar(self, asked: SimilarTo) -> Result:
        """Products that look like one."""
        return self._client.similar(asked)

    def complete(self, asked: GoesWith) -> Recommendations:
        """What goes with some products."""
        return self._client.complete(asked)

    def recommend(self, asked: ForShopper) -> Recommendations:
        """What a shopper may want next."""
        return self._client.recommend(asked)

    def product(self, sku: str) -> Product:
        """The product with this SKU."""
        return self._client.product(sku)

    def thumbnail(self, content_hash: str) -> bytes:
        """A small WebP of a hit's picture."""
        return self._client.thumbnail(content_hash)

    def glance(self) -> Glance:
        """What there is; counts are of the first products where there are many."""
        status = self._client.status()
        sample: list[Product] = []
        after: int | None = 0
        while after is not None and len(sample) < SAMPLED:
            page = self._client.products(after=after, k=_PAGE)
            sample.extend(page.products)
            after = page.after
        return Glance(
            products=status.products,
            has_confidence=status.has_confidence,
            takes_text=status.takes_text,
            sample=tuple(sample),
        )

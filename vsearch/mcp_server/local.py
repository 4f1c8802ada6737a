"""A catalogue that lies in a folder of this machine."""

from __future__ import annotations

from itertools import islice

from vsearch.catalog.product import Product
from vsearch.collection import Collection
from vsearch.mcp_server.catalogue import SAMPLED, Glance
from vsearch.searching.query import Query
from vsearch.searching.result import Result


class LocalCatalogue:
    """Asks a collection; it stays the caller's to close."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def search(self, query: Query) -> Result:
        """Answer a query."""
        return self._collection.search(query)

    def product(self, sku: str) -> Product:
        """The product with this SKU."""
        return self._collection.product(sku)

    def thumbnail(self, content_hash: str) -> bytes:
        """A small WebP of a hit's picture."""
        return self._collection.thumbnail(content_hash)

    def glance(self) -> Glance:
        """What there is; counts are of the first products where there are many."""
        overview = self._collection.overview()
        sample = tuple(one.product for one in islice(self._collection.export(), SAMPLED))
        return Glance(
            products=overview.products,
            has_confidence=overview.has_confidence,
            takes_text=overview.takes_text,
            sample=sample,
        )

"""A catalogue that lies in a folder of this machine."""

from __future__ import annotations

from itertools import islice

from vsearch.catalog.product import Product
from vsearch.collection import Collection
from vsearch.mcp_server.catalogue import SAMPLED, Glance
from vsearch.recommending.asked import ForShopper, GoesWith, SimilarTo
from vsearch.recommending.recommended import Recommendations
from vsearch.searching.query import Query
from vsearch.searching.result import Result


class LocalCatalogue:
    """Asks a collection; it stays the caller's to close."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def search(self, query: Query) -> Result:
        """Answer a query."""
        return self._collection.search(query)

    def similar(self, asked: SimilarTo) -> Result:
        """Products that look like one."""
        return self._collection.recommender.similar(asked)

    def complete(self, asked: GoesWith) -> Recommendations:
        """What goes with some products."""
        return self._collection.recommender.complete(asked)

    def recommend(self, asked: ForShopper) -> Recommendations:
        """What a shopper may want next."""
        return self._collection.recommender.recommend(asked)

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

"""What a collection holds at one moment, for those who put products in an order of their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection

from vsearch.catalog import product_store, product_views
from vsearch.catalog.filters import parse_filter
from vsearch.catalog.filters.matching import product_ids_where
from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.encoder.interface import Embeddings
from vsearch.encoder.unit_length import unit_length
from vsearch.index.interface import VectorIndex
from vsearch.index.manifest import Manifest
from vsearch.searching.filtering import FilterCache
from vsearch.searching.records import Records
from vsearch.searching.result import Hit
from vsearch.searching.search import find_products


@dataclass(frozen=True, slots=True)
class Reading:
    """One connection to the catalogue, and the generation of the index that goes with it.

    Not to be shared between threads, nor kept.
    """

    connection: Connection
    manifest: Manifest
    index: VectorIndex | None
    """None where nothing has been published yet."""
    records: Records
    stored: CollectionEmbeddings
    same_from: float
    """The cosine similarity from which two pictures count as one."""
    filters: FilterCache
    rounded: bool
    """Whether the index has embeddings rounded, so that scores are worked out in full."""

    def condition(self, where: str) -> ColumnElement[bool] | None:
        """What products have to fulfil to pass a filter; None for an empty one.

        Raises:
            FilterError: it can't be read, or doesn't fit the catalogue.
        """
        return parse_filter(where).condition(self.connection) if where.strip() else None

    def passing(
        self, product_ids: Sequence[int], condition: ColumnElement[bool] | None
    ) -> list[int]:
        """Those products that fulfil a condition, in their order."""
        if condition is None:
            return [*product_ids]
        kept = product_ids_where(self.connection, condition, product_ids)
        return [one for one in product_ids if one in kept]

    def embeddings(self, product_ids: Sequence[int]) -> tuple[list[int], Embeddings]:
        """What products look like: those that have a usable picture, in their order.

        Returns:
            The ids, and (n, dim) float32 L2-normalised: the mean over each one's pictures.
        """
        views = product_views.views_of_products(self.connection, product_ids)
        hashes = [view.content_hash for own in views.values() for view in own]
        lost = set(self.stored.missing(hashes))
        shown = {
            one: [view.content_hash for view in views.get(one, ()) if view.content_hash not in lost]
            for one in product_ids
        }
        ids = [one for one, own in shown.items() if own]
        if not ids:
            return [], np.empty((0, self.manifest.dim), np.float32)
        found = self.stored.get([one for product in ids for one in shown[product]])
        starts = np.cumsum([0, *(len(shown[product]) for product in ids[:-1])])
        return ids, unit_length(np.add.reduceat(found, starts).astype(np.float32))

    def nearest(
        self,
        queries: npt.NDArray[np.float32],
        k: int,
        *,
        without: Collection[int] = (),
        where: str = "",
    ) -> list[Hit]:
        """The k products whose best picture is nearest to any of (q, dim) embeddings.

        Raises:
            FilterError: the filter can't be read, or doesn't fit the catalogue.
        """
        if self.index is None or not len(queries):
            return []
        return find_products(
            self.connection,
            self.index,
            queries,
            k,
            without=without,
            allowed=self.filters.allowed(self.connection, self.index, where),
            stored=self.stored if self.rounded else None,
            records=self.records,
        )

    def hits(self, scores: Mapping[int, float]) -> list[Hit]:
        """Products as hits with their scores, in their order; those that are gone are left out."""
        ids = [*scores]
        products = self.records.products(ids)
        views = product_views.views_of_products(self.connection, ids)
        hits: list[Hit] = []
        for one in ids:
            if one not in products:
                continue
            view = next(iter(views.get(one, ())), None)
            hits.append(
                Hit(
                    rank=len(hits) + 1,
                    score=scores[one],
                    product=products[one],
                    image="" if view is None else view.address,
                    image_id=0 if view is None else view.image_id,
                    content_hash="" if view is None else view.content_hash,
                    product_id=one,
                )
            )
        return hits

    def ids_of(self, skus: Sequence[str]) -> dict[str, int]:
        """The ids of products by SKU, those that aren't there left out."""
        return product_store.ids_of(self.connection, skus)

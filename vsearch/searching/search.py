"""From embeddings to distinct products: the nearest images, grouped by what they show."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection

from vsearch.catalog.product import Product
from vsearch.catalog.product_views import View
from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.index.interface import NO_ID, VectorIndex
from vsearch.index.subset import Subset
from vsearch.searching.query import Grouping
from vsearch.searching.records import Records
from vsearch.searching.result import Hit

#: Images looked at for every product that is wanted, at first and each time that is too few.
_FIRST_LOOK = 3
_WIDEN = 4


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a filter leaves to be found."""

    condition: ColumnElement[bool]
    """On the products: an image may be shared with one that the filter leaves out."""

    images: Subset
    """The images of the products that satisfy it."""


@dataclass(frozen=True, slots=True)
class _Match:
    view: View
    score: float


def find_products(
    connection: Connection,
    index: VectorIndex,
    queries: npt.NDArray[np.float32],
    k: int,
    *,
    without: Collection[int] = (),
    allowed: Allowed | None = None,
    group: Grouping = Grouping.PRODUCT,
    stored: CollectionEmbeddings | None = None,
    surely: Sequence[int] = (),
    records: Records | None = None,
    below: float | None = None,
) -> list[Hit]:
    """Find the k products whose best image is nearest to any of the query embeddings.

    The search widens until it has k distinct products or has seen the whole index.

    Args:
        connection: the catalogue.
        index: the generation to search.
        queries: (q, dim) float32, L2-normalised; several are views of one thing.
        k: how many products.
        without: the ids of products to leave out.
        allowed: what may be found; everything where None.
        group: whether the variants of one product count as one.
        stored: gives the embeddings in full, where the index keeps them rounded: near-identical
            pictures would change places. None takes the index's scores.
        surely: the ids of images that are looked at whatever an approximate index finds: those
            that are the very pictures that were asked with.
        records: what is known of the catalogue already; None reads everything anew.
        below: products with this score or more are left out: they are the same thing again.

    Returns:
        At most k hits, the best score first; equal scores by main image, then older product.
    """
    records = records or Records(connection)
    search = _Search(records, index, queries, allowed, group, set(without), stored, surely, below)
    available = len(index) if allowed is None else len(allowed.images)
    looked_at = min(available, (k + len(without)) * _FIRST_LOOK)
    while looked_at:
        matches = search.best(looked_at, k)
        if len(matches) >= k or looked_at >= available:
            found = matches[:k]
            products = records.products([match.view.product_id for match in found])
            gone = {match.view.product_id for match in found}.difference(products)
            if not gone:
                return _hits(found, products)
            # A writer has removed them since: others take their places.
            search.left_out |= gone
        else:
            looked_at = min(available, looked_at * _WIDEN)
    return []


@dataclass(slots=True)
class _Search:
    records: Records
    index: VectorIndex
    queries: npt.NDArray[np.float32]
    allowed: Allowed | None
    group: Grouping
    left_out: set[int]
    stored: CollectionEmbeddings | None
    surely: Sequence[int]
    below: float | None

    def best(self, looked_at: int, k: int) -> list[_Match]:
        """The best match of each product, or of each group, among so many images."""
        by_group = self.group is Grouping.ITEM_GROUP
        images = None if self.allowed is None else self.allowed.images
        scores = _best_scores(*self.index.search(self.queries, looked_at, images))
        if self.surely:
            ids = np.array(self.surely, np.int64)
            scores |= _best_scores(*self.index.search(self.queries, len(ids), ids))
        shown = self.records.views_of_images(
            list(scores),
            each=k + len(self.left_out),
            condition=None if self.allowed is None else self.allowed.condition,
            by_group=by_group,
        )
        if self.stored is not None:
            scores |= self._in_full(shown, self.stored)
        best: dict[str | int, _Match] = {}
        for image_id, views in shown.items():
            for view in views:
                if view.product_id in self.left_out:
                    continue
                match = _Match(view, scores[image_id])
                group = view.group if by_group else view.product_id
                known = best.get(group)
                if known is None or self._place(match) < self._place(known):
                    best[group] = match
        found = sorted(best.values(), key=self._place)
        return found if self.below is None else [one for one in found if one.score < self.below]

    def _place(self, match: _Match) -> tuple[float, bool, int, int]:
        """The better match has the lower one; of equal pictures the very one that asks."""
        view = match.view
        return -match.score, view.image_id not in self.surely, view.position, view.product_id

    def _in_full(
        self, shown: Mapping[int, list[View]], stored: CollectionEmbeddings
    ) -> dict[int, float]:
        """The images' scores by the embeddings that they were indexed with."""
        hashes = {image_id: views[0].content_hash for image_id, views in shown.items()}
        lost = set(stored.missing(list(hashes.values())))
        kept = [image_id for image_id, one in hashes.items() if one not in lost]
        embeddings = stored.get([hashes[image_id] for image_id in kept])
        best = (self.queries @ embeddings.T).max(axis=0, initial=-1).clip(-1, 1)
        return dict(zip(kept, best.tolist(), strict=True))


def _best_scores(scores: npt.NDArray[np.float32], ids: npt.NDArray[np.int64]) -> dict[int, float]:
    """Each image with its best score over the queries."""
    best: dict[int, float] = {}
    for score, image_id in zip(scores.ravel().tolist(), ids.ravel().tolist(), strict=True):
        if image_id != NO_ID and score > best.get(image_id, -np.inf):
            best[image_id] = score
    return best


def _hits(matches: list[_Match], products: Mapping[int, Product]) -> list[Hit]:
    return [
        Hit(
            rank=rank,
            score=match.score,
            product=products[match.view.product_id],
            image=match.view.address,
            image_id=match.view.image_id,
            content_hash=match.view.content_hash,
            product_id=match.view.product_id,
        )
        for rank, match in enumerate(matches, start=1)
    ]

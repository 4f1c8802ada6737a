"""From query embeddings to k distinct products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from vsearch.catalog import product_store
from vsearch.catalog.product import Product
from vsearch.catalog.product_store import View
from vsearch.index.interface import NO_ID, VectorIndex
from vsearch.searching.query import Hit

# Products have a few images each, so the first look usually holds k distinct ones.
_FIRST_LOOK = 3
_WIDEN = 4


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
    without: int | None = None,
) -> list[Hit]:
    """Find the k products whose best image is nearest to any of the query embeddings.

    The search widens until it has k distinct products or has seen the whole index.

    Args:
        connection: the catalogue.
        index: the generation to search.
        queries: (q, dim) float32, L2-normalised; several are views of one thing.
        k: how many products.
        without: the id of a product to leave out.

    Returns:
        At most k hits, the best score first; equal scores by main image, then older product.
    """
    left_out = set() if without is None else {without}
    looked_at = min(len(index), (k + len(left_out)) * _FIRST_LOOK)
    while looked_at:
        matches = _match(connection, index, queries, looked_at, k, left_out)
        if len(matches) >= k or looked_at >= len(index):
            found = matches[:k]
            products = product_store.load(connection, [match.view.product_id for match in found])
            gone = {match.view.product_id for match in found}.difference(products)
            if not gone:
                return _hits(found, products)
            # A writer has removed them since: others take their places.
            left_out |= gone
        else:
            looked_at = min(len(index), looked_at * _WIDEN)
    return []


def _match(
    connection: Connection,
    index: VectorIndex,
    queries: npt.NDArray[np.float32],
    looked_at: int,
    k: int,
    left_out: set[int],
) -> list[_Match]:
    scores = _best_scores(*index.search(queries, looked_at))
    shown = product_store.views_of_images(connection, list(scores), each=k + len(left_out))
    best: dict[int, _Match] = {}
    for image_id, views in shown.items():
        for view in views:
            match = _Match(view, scores[image_id])
            known = best.get(view.product_id)
            if view.product_id not in left_out and (known is None or _place(match) < _place(known)):
                best[view.product_id] = match
    return sorted(best.values(), key=_place)


def _place(match: _Match) -> tuple[float, int, int]:
    """The better match has the lower one."""
    return -match.score, match.view.position, match.view.product_id


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
        )
        for rank, match in enumerate(matches, start=1)
    ]

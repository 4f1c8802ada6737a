"""Products by their words, alone or fused with what they look like."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np
from sqlalchemy import Connection

from vsearch.catalog import product_store, product_views, schema
from vsearch.catalog.product import Product
from vsearch.catalog.product_views import View
from vsearch.catalog.words import search_words
from vsearch.index.interface import VectorIndex
from vsearch.searching.fusion import reciprocal_rank_fusion
from vsearch.searching.grouping import counted_as, group_key
from vsearch.searching.query import Grouping, Query
from vsearch.searching.result import Hit
from vsearch.searching.search import Allowed

#: So many of each ranking are fused at least, so that pages up to there agree.
FUSED_DEPTH = 1_000

_WIDEN = 4


def hits_by_words(
    connection: Connection,
    words: str,
    limit: int,
    *,
    without: Collection[int],
    allowed: Allowed | None,
    group: Grouping,
) -> list[Hit]:
    """The products that the words fit best, each by its main image.

    Their scores are relative to the best one's: 0 to 1. Fewer than ``limit`` where there are no
    more.
    """
    condition = None if allowed is None else allowed.condition
    asked = limit
    while True:
        found = search_words(connection, words, asked, condition)
        first = _first_of_each(connection, found, without, group)
        if len(first) >= limit or len(found) < asked:
            break
        # Variants count as one: others take their places.
        asked *= _WIDEN
    best = max(first.values(), default=0.0) or 1.0
    chosen = dict([*first.items()][:limit])
    products = product_store.load(connection, list(chosen))
    views = product_views.views_of_products(connection, list(chosen))
    return [
        _hit(rank, product_id, products[product_id], views.get(product_id, ()), score / best)
        for rank, (product_id, score) in enumerate(chosen.items(), start=1)
        if product_id in products
    ]


def _first_of_each(
    connection: Connection,
    found: Sequence[tuple[int, float]],
    without: Collection[int],
    group: Grouping,
) -> dict[int, float]:
    """The best product of each group with its score, the best first."""
    groups = product_store.item_groups(connection, [product_id for product_id, _ in found])
    seen: set[str | int] = set()
    first: dict[int, float] = {}
    for product_id, score in found:
        if product_id in groups and product_id not in without:
            own = group_key(groups[product_id], product_id, group)
            if own not in seen:
                seen.add(own)
                first[product_id] = score
    return first


def _hit(rank: int, product_id: int, product: Product, views: Sequence[View], score: float) -> Hit:
    view = next(iter(views), None)
    return Hit(
        rank=rank,
        score=score,
        product=product,
        image="" if view is None else view.address,
        image_id=0 if view is None else view.image_id,
        content_hash="" if view is None else view.content_hash,
        product_id=product_id,
    )


def fused(
    connection: Connection,
    index: VectorIndex,
    query: Query,
    size: int,
    *,
    without: Collection[int],
    allowed: Allowed | None,
    nearest: Callable[[int, Allowed | None], list[Hit]],
) -> list[Hit]:
    """The nearest products and those that the words fit best, in one order.

    Args:
        connection: the catalogue.
        index: whose images are looked at.
        query: its words count here.
        size: how many of each ranking.
        without: the ids of products that are no answer.
        allowed: what may be found.
        nearest: gives so many of the nearest products among those that are allowed.
    """
    by_words = hits_by_words(
        connection, query.words, size, without=without, allowed=allowed, group=query.group
    )
    by_looks = nearest(size, allowed)
    those = _only(connection, index, [hit.product_id for hit in by_words])
    by_words_scored = nearest(len(by_words), those) if len(those.images) else []
    # Each is shown as the image that is nearest; without one it looks like nothing.
    shown = {counted_as(hit, query.group): replace(hit, score=0.0) for hit in by_words}
    shown |= {counted_as(hit, query.group): hit for hit in (*by_words_scored, *by_looks)}
    order = reciprocal_rank_fusion(
        [counted_as(hit, query.group) for hit in by_looks],
        [counted_as(hit, query.group) for hit in by_words],
    )
    return [shown[key] for key in order]


def _only(connection: Connection, index: VectorIndex, product_ids: Sequence[int]) -> Allowed:
    views = product_views.views_of_products(connection, product_ids)
    images = [view.image_id for own in views.values() for view in own]
    return Allowed(schema.products.c.id.in_(product_ids), index.subset(np.array(images, np.int64)))

"""Products by their words, alone or fused with what they look like."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np
from sqlalchemy import Connection

from vsearch.catalog import product_store, product_views, schema
from vsearch.catalog.product import Product
from vsearch.catalog.words import search_words
from vsearch.index.interface import VectorIndex
from vsearch.searching.fusion import reciprocal_rank_fusion
from vsearch.searching.query import Grouping, Query
from vsearch.searching.result import Hit
from vsearch.searching.search import Allowed

#: So many of each ranking are fused: fixed, or a longer page would change the order.
FUSED_DEPTH = 1_000


def hits_by_words(
    connection: Connection, words: str, limit: int, allowed: Allowed | None, group: Grouping
) -> list[Hit]:
    """The products that the words fit best, each by its main image.

    Their scores are relative to the best one's: 0 to 1.
    """
    condition = None if allowed is None else allowed.condition
    found = search_words(connection, words, limit, condition)
    products = product_store.load(connection, [product_id for product_id, _ in found])
    views = product_views.views_of_products(connection, list(products))
    hits: list[Hit] = []
    seen: set[str | int] = set()
    best = max((score for _, score in found), default=0.0)
    for product_id, score in found:
        product = products.get(product_id)
        if product is None:
            continue
        own = _group(product, product_id, group)
        if own in seen:
            continue
        seen.add(own)
        view = next(iter(views.get(product_id, ())), None)
        hits.append(
            Hit(
                rank=len(hits) + 1,
                score=score / best if best > 0 else 0.0,
                product=product,
                image="" if view is None else view.address,
                image_id=0 if view is None else view.image_id,
                content_hash="" if view is None else view.content_hash,
                product_id=product_id,
            )
        )
    return hits


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
    by_words = [
        hit
        for hit in hits_by_words(connection, query.words, size, allowed, query.group)
        if hit.product_id not in without
    ]
    by_looks = nearest(size, allowed)
    those = _only(connection, index, [hit.product_id for hit in by_words])
    by_words_scored = nearest(len(by_words), those) if len(those.images) else []
    # Each is shown as the image that is nearest; without one it looks like nothing.
    shown = {_key(hit, query): replace(hit, score=0.0) for hit in by_words}
    shown |= {_key(hit, query): hit for hit in (*by_words_scored, *by_looks)}
    order = reciprocal_rank_fusion(
        [_key(hit, query) for hit in by_looks], [_key(hit, query) for hit in by_words]
    )
    return [shown[key] for key in order]


def _only(connection: Connection, index: VectorIndex, product_ids: Sequence[int]) -> Allowed:
    views = product_views.views_of_products(connection, product_ids)
    images = [view.image_id for own in views.values() for view in own]
    return Allowed(schema.products.c.id.in_(product_ids), index.subset(np.array(images, np.int64)))


def _key(hit: Hit, query: Query) -> str | int:
    return _group(hit.product, hit.product_id, query.group)


def _group(product: Product, product_id: int, group: Grouping) -> str | int:
    return (product.item_group or product_id) if group is Grouping.ITEM_GROUP else product_id

"""Products as the catalogue has them, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select, true

from vsearch.catalog import product_store, schema
from vsearch.catalog.filters import parse_filter
from vsearch.catalog.pages import paged
from vsearch.catalog.product import Product
from vsearch.catalog.words import search_words
from vsearch.errors import QueryError

#: The longest page.
MAX_PAGE = 1_000

#: Of products found by words, the best so many can be leafed through.
MOST_BY_WORDS = 10_000

_products = schema.products.c
_shown = schema.product_images.c
_sources = schema.image_sources.c


@dataclass(frozen=True, slots=True)
class ProductImage:
    """An image that a product shows, or should."""

    location: str
    """As ``Product.images`` has it."""
    content_hash: str
    """64 hex digits; empty where it can't be used, or hasn't been read yet."""
    reason: str
    """Why it can't be used; empty where it can."""


@dataclass(frozen=True, slots=True)
class StoredProduct:
    """A product with what the catalogue knows of it besides."""

    product: Product
    images: tuple[ProductImage, ...]
    feed: str
    """The name of the feed that it belongs to."""
    added_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ProductPage:
    """Some of the products, and how to go on."""

    products: tuple[StoredProduct, ...]
    after: int | None
    """What to ask for the next page with; None where this is the last."""
    total: int
    """How many there are on all pages."""


def product_page(
    connection: Connection, *, where: str = "", words: str = "", after: int = 0, k: int = 100
) -> ProductPage:
    """Read a page of products: the oldest first, or those first that fit words best.

    What is added or removed meanwhile shifts no page: the next one begins behind the last
    product of this one, whatever has become of the others.

    Args:
        connection: to the catalogue.
        where: a filter; all where it is empty.
        words: what products' texts have to hold, as for ``search_words``; anything where it is
            empty. At most the best ``MOST_BY_WORDS`` are found.
        after: ``ProductPage.after`` of the page before; 0 for the first.
        k: how many, 1 to ``MAX_PAGE``.

    Raises:
        FilterError: the filter can't be read, or doesn't fit the catalogue.
        QueryError: k is out of range, or the page can't be told by ``after`` any more.
    """
    if not 1 <= k <= MAX_PAGE:
        raise QueryError(f"k: {k} is not from 1 to {MAX_PAGE:,}")
    condition = parse_filter(where).condition(connection) if where.strip() else None
    if words.strip():
        ids, total = _by_words(connection, words, condition, after, k)
    else:
        ids, total = _by_id(connection, condition, after, k)
    last = ids[k - 1] if len(ids) > k else None
    return ProductPage(tuple(_load(connection, ids[:k])), last, total)


def find_stored(connection: Connection, sku: str) -> StoredProduct | None:
    """The product with this SKU, or None."""
    product_id = product_store.product_id(connection, sku)
    found = [] if product_id is None else _load(connection, [product_id])
    return found[0] if found else None


def _by_id(
    connection: Connection, condition: ColumnElement[bool] | None, after: int, k: int
) -> tuple[list[int], int]:
    """The ids of a page and of one product more, and how many there are."""
    wanted = true() if condition is None else condition
    total = connection.scalar(select(func.count()).select_from(schema.products).where(wanted))
    ids = connection.scalars(
        select(_products.id).where(wanted, _products.id > after).order_by(_products.id).limit(k + 1)
    )
    return list(ids), total or 0


def _by_words(
    connection: Connection, words: str, condition: ColumnElement[bool] | None, after: int, k: int
) -> tuple[list[int], int]:
    ranked = [found for found, _ in search_words(connection, words, MOST_BY_WORDS, condition)]
    start = 0
    if after:
        try:
            start = ranked.index(after) + 1
        except ValueError:
            raise QueryError(
                f"after: {after} is no product that these words find any more; begin anew"
            ) from None
    return ranked[start : start + k + 1], len(ranked)


def _load(connection: Connection, ids: Sequence[int]) -> list[StoredProduct]:
    products = product_store.load(connection, ids)
    images = _images(connection, ids)
    found: dict[int, StoredProduct] = {}
    for page in paged(ids):
        rows = connection.execute(
            select(_products.id, schema.feeds.c.name, _products.added_at, _products.updated_at)
            .join(schema.feeds, schema.feeds.c.id == _products.feed_id)
            .where(_products.id.in_(page))
        )
        for product_id, feed, added_at, updated_at in rows:
            if product_id in products:
                found[product_id] = StoredProduct(
                    products[product_id],
                    tuple(images.get(product_id, ())),
                    feed,
                    added_at,
                    updated_at,
                )
    return [found[one] for one in ids if one in found]


def _images(connection: Connection, ids: Sequence[int]) -> dict[int, list[ProductImage]]:
    images: dict[int, list[ProductImage]] = {}
    for page in paged(ids):
        rows = connection.execute(
            select(
                _shown.product_id,
                _sources.location,
                func.coalesce(schema.images.c.content_hash, ""),
                _sources.reason,
            )
            .join_from(schema.product_images, schema.image_sources, _sources.id == _shown.source_id)
            .outerjoin(schema.images, schema.images.c.id == _sources.image_id)
            .where(_shown.product_id.in_(page))
            .order_by(_shown.product_id, _shown.position)
        )
        for product_id, *rest in rows:
            images.setdefault(product_id, []).append(ProductImage(*rest))
    return images

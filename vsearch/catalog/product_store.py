"""Reading and removing products; ``product_writer`` adds and changes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, select

from vsearch.catalog import schema
from vsearch.catalog.feed_store import FeedRun
from vsearch.catalog.image_records import SourceStatus
from vsearch.catalog.pages import PAGE, paged
from vsearch.catalog.product import Product
from vsearch.catalog.rows import to_product

#: The row of a product whose own row couldn't be used.
NOT_LISTED = 0

_DAY_S = 24 * 60 * 60

_products = schema.products.c
_shown = schema.product_images.c
_sources = schema.image_sources.c


def count(connection: Connection) -> int:
    """How many products there are."""
    return connection.scalar(select(func.count()).select_from(schema.products)) or 0


def count_without_image(connection: Connection) -> int:
    """How many products have no usable image, and so can't be found by photo."""
    usable = (
        select(_shown.product_id)
        .join(schema.image_sources, _sources.id == _shown.source_id)
        .where(_shown.product_id == _products.id, _sources.status == SourceStatus.OK.value)
        .exists()
    )
    return connection.scalar(select(func.count()).select_from(schema.products).where(~usable)) or 0


def find(connection: Connection, sku: str) -> Product | None:
    """The product with this SKU, or None."""
    ids = connection.scalars(select(_products.id).where(_products.sku == sku)).all()
    return next(iter(load(connection, ids).values()), None)


def load(connection: Connection, product_ids: Sequence[int]) -> dict[int, Product]:
    """Products by id; those that aren't there (any more) are left out."""
    found: dict[int, Product] = {}
    for page in paged(product_ids):
        rows = connection.execute(select(schema.products).where(_products.id.in_(page))).mappings()
        locations = _locations(connection, page)
        found |= {row["id"]: to_product(row, locations.get(row["id"], ())) for row in rows}
    return found


def _locations(connection: Connection, product_ids: Sequence[int]) -> dict[int, list[str]]:
    rows = connection.execute(
        select(_shown.product_id, _sources.location)
        .join(schema.image_sources, _sources.id == _shown.source_id)
        .where(_shown.product_id.in_(product_ids))
        .order_by(_shown.product_id, _shown.position)
    )
    locations: dict[int, list[str]] = {}
    for product_id, location in rows:
        locations.setdefault(product_id, []).append(location)
    return locations


def iterate(connection: Connection) -> Iterator[tuple[int, Product]]:
    """Every product with its id, by id, a page in memory at a time."""
    after = 0
    while True:
        ids = connection.scalars(
            select(_products.id).where(_products.id > after).order_by(_products.id).limit(PAGE)
        ).all()
        if not ids:
            return
        found = load(connection, ids)
        yield from ((product_id, found[product_id]) for product_id in ids)
        after = ids[-1]


def product_id(connection: Connection, sku: str) -> int | None:
    """The id of the product with this SKU, or None."""
    return connection.scalar(select(_products.id).where(_products.sku == sku))


def ids_of(connection: Connection, skus: Sequence[str]) -> dict[str, int]:
    """The ids of products by SKU; those that aren't there are left out."""
    found: dict[str, int] = {}
    for page in paged(skus):
        rows = connection.execute(
            select(_products.sku, _products.id).where(_products.sku.in_(page))
        )
        found |= dict(rows.all())
    return {sku: found[sku] for sku in skus if sku in found}


def newest(
    connection: Connection, number: int, condition: ColumnElement[bool] | None = None
) -> list[int]:
    """The ids of the products that were added last, at most so many, the newest first.

    Args:
        connection: the catalogue.
        number: how many.
        condition: what they have to fulfil; None for any.
    """
    wanted = select(_products.id).order_by(_products.id.desc()).limit(number)
    return [*connection.scalars(wanted if condition is None else wanted.where(condition))]


def item_groups(connection: Connection, product_ids: Sequence[int]) -> dict[int, str]:
    """The item group of each product that is there, by id; empty where it has no variants."""
    found: dict[int, str] = {}
    for page in paged(product_ids):
        rows = connection.execute(
            select(_products.id, _products.item_group).where(_products.id.in_(page))
        )
        found |= dict(rows.all())
    return found


def variants(connection: Connection, product_id: int) -> frozenset[int]:
    """The ids of the products of one item group, this one among them."""
    own = select(_products.item_group).where(_products.id == product_id, _products.item_group != "")
    ids = connection.scalars(
        select(_products.id).where(_products.item_group == own.scalar_subquery())
    )
    return frozenset({product_id, *ids})


def with_variants(connection: Connection, product_ids: Sequence[int]) -> frozenset[int]:
    """The ids of products and of all their variants."""
    found = set(product_ids)
    for page in paged(product_ids):
        groups = select(_products.item_group).where(
            _products.id.in_(page), _products.item_group != ""
        )
        found.update(
            connection.scalars(select(_products.id).where(_products.item_group.in_(groups)))
        )
    return frozenset(found)


def ages_days(
    connection: Connection, product_ids: Sequence[int], now: datetime
) -> dict[int, float]:
    """For how many days each product has been in the catalogue."""
    added: dict[int, float] = {}
    for page in paged(product_ids):
        rows = connection.execute(
            select(_products.id, _products.added_at).where(_products.id.in_(page))
        )
        added |= {product_id: (now - at).total_seconds() / _DAY_S for product_id, at in rows}
    return added


def remove(connection: Connection, skus: Sequence[str]) -> list[str]:
    """Remove products; return the SKUs that were there."""
    removed: list[str] = []
    for page in paged(skus):
        found = connection.execute(
            select(_products.id, _products.sku).where(_products.sku.in_(page))
        ).all()
        _delete(connection, [product_id for product_id, _ in found])
        removed += [sku for _, sku in found]
    return removed


def prune(connection: Connection, run: FeedRun) -> int:
    """Remove the products of a feed that its latest run didn't list; return how many."""
    total = 0
    while True:
        ids = connection.scalars(
            select(_products.id)
            .where(_products.feed_id == run.feed_id, _products.seen_run != run.run)
            .limit(PAGE)
        ).all()
        if not ids:
            return total
        _delete(connection, ids)
        total += len(ids)


def keep(connection: Connection, run: FeedRun, skus: Sequence[str]) -> None:
    """Count products as listed although their row is malformed, so that prune spares them."""
    connection.execute(
        schema.products.update()
        .where(_products.feed_id == run.feed_id, _products.sku.in_(skus))
        .values(seen_run=run.run, seen_row=NOT_LISTED)
    )


def _delete(connection: Connection, ids: Sequence[int]) -> None:
    connection.execute(
        delete(schema.product_images).where(schema.product_images.c.product_id.in_(ids))
    )
    connection.execute(delete(schema.products).where(_products.id.in_(ids)))

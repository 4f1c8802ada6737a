"""Reading and removing products; ``product_writer`` adds and changes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, delete, func, select

from vsearch.catalog import schema
from vsearch.catalog.feed_store import FeedRun
from vsearch.catalog.image_records import SourceStatus
from vsearch.catalog.product import Product, is_url
from vsearch.catalog.rows import to_product

#: The row of a product whose own row couldn't be used.
NOT_LISTED = 0

_PAGE = 1_000

_Key = TypeVar("_Key", int, str)

_products = schema.products.c
_shown = schema.product_images.c
_sources = schema.image_sources.c


@dataclass(frozen=True, slots=True)
class View:
    """One product as one image shows it."""

    image_id: int
    product_id: int
    position: int
    """0 is the product's main image."""
    location: str
    """A path or a URL, as ``Product.images`` has it."""
    root: str
    """The folder that a relative location starts from."""
    content_hash: str

    @property
    def address(self) -> str:
        """The location as anyone can open it: an absolute path, or the URL."""
        return self.location if is_url(self.location) else str(Path(self.root) / self.location)


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
    for page in _paged(product_ids):
        rows = connection.execute(select(schema.products).where(_products.id.in_(page))).mappings()
        locations = _locations(connection, page)
        found |= {row["id"]: to_product(row, locations.get(row["id"], ())) for row in rows}
    return found


def _paged(keys: Sequence[_Key]) -> Iterator[Sequence[_Key]]:
    # A statement takes a bounded number of parameters.
    return (keys[start : start + _PAGE] for start in range(0, len(keys), _PAGE))


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
            select(_products.id).where(_products.id > after).order_by(_products.id).limit(_PAGE)
        ).all()
        if not ids:
            return
        found = load(connection, ids)
        yield from ((product_id, found[product_id]) for product_id in ids)
        after = ids[-1]


def _views() -> Select[Any]:
    return (
        select(
            _sources.image_id,
            _shown.product_id,
            _shown.position,
            _sources.location,
            schema.feeds.c.root,
            schema.images.c.content_hash,
        )
        .join_from(schema.product_images, schema.image_sources, _sources.id == _shown.source_id)
        .join(schema.feeds, schema.feeds.c.id == _sources.feed_id)
        .join(schema.images, schema.images.c.id == _sources.image_id)
        .where(_sources.status == SourceStatus.OK.value)
    )


def views_of_images(
    connection: Connection, image_ids: Sequence[int], *, each: int
) -> dict[int, list[View]]:
    """Which products show each image: main images first, then the older products.

    Args:
        connection: where to read.
        image_ids: which images.
        each: at most so many products for one image: a placeholder picture may be shared by
            the whole catalogue.
    """
    views: dict[int, list[View]] = {}
    for page in _paged(image_ids):
        for view in _ranked_views(connection, page, each):
            views.setdefault(view.image_id, []).append(view)
    return views


def _ranked_views(connection: Connection, image_ids: Sequence[int], each: int) -> list[View]:
    ranked = (
        _views()
        .where(_sources.image_id.in_(image_ids))
        .add_columns(
            func.row_number()
            .over(partition_by=_sources.image_id, order_by=(_shown.position, _shown.product_id))
            .label("place")
        )
        .subquery()
    )
    columns = [column for column in ranked.c if column.name != "place"]
    rows = connection.execute(
        select(*columns).where(ranked.c.place <= each).order_by(ranked.c.image_id, ranked.c.place)
    )
    return [View(*row) for row in rows]


def views_of_products(connection: Connection, product_ids: Sequence[int]) -> dict[int, list[View]]:
    """The usable images of products, each in its order; a product without any is left out."""
    views: dict[int, list[View]] = {}
    for page in _paged(product_ids):
        rows = connection.execute(
            _views().where(_shown.product_id.in_(page)).order_by(_shown.product_id, _shown.position)
        )
        for row in rows:
            view = View(*row)
            views.setdefault(view.product_id, []).append(view)
    return views


def product_id(connection: Connection, sku: str) -> int | None:
    """The id of the product with this SKU, or None."""
    return connection.scalar(select(_products.id).where(_products.sku == sku))


def remove(connection: Connection, skus: Sequence[str]) -> list[str]:
    """Remove products; return the SKUs that were there."""
    removed: list[str] = []
    for page in _paged(skus):
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
            .limit(_PAGE)
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

"""Products as their images show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, case, func, select

from vsearch.catalog import schema
from vsearch.catalog.image_records import SourceStatus
from vsearch.catalog.pages import paged
from vsearch.catalog.product import is_url

_products = schema.products.c
_shown = schema.product_images.c
_sources = schema.image_sources.c


@dataclass(frozen=True)
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
    item_group: str
    """Of the product; empty where it has no variants."""

    @property
    def group(self) -> str | int:
        """What the variants of one product share; a product without variants has its own."""
        return self.item_group or self.product_id

    @cached_property
    def address(self) -> str:
        """The location as anyone can open it: an absolute path, or the URL."""
        return self.location if is_url(self.location) else str(Path(self.root) / self.location)


def _views() -> Select[Any]:
    return (
        select(
            _sources.image_id,
            _shown.product_id,
            _shown.position,
            _sources.location,
            schema.feeds.c.root,
            schema.images.c.content_hash,
            _products.item_group,
        )
        .join_from(schema.product_images, schema.image_sources, _sources.id == _shown.source_id)
        .join(schema.feeds, schema.feeds.c.id == _sources.feed_id)
        .join(schema.images, schema.images.c.id == _sources.image_id)
        .join(schema.products, _products.id == _shown.product_id)
        .where(_sources.status == SourceStatus.OK.value)
    )


def views_of_images(
    connection: Connection,
    image_ids: Sequence[int],
    *,
    each: int,
    condition: ColumnElement[bool] | None = None,
    by_group: bool = False,
) -> dict[int, list[View]]:
    """Which products show each image: main images first, then the older products.

    Args:
        connection: where to read.
        image_ids: which images.
        each: at most so many products for one image: a placeholder picture may be shared by
            the whole catalogue.
        condition: what the products have to satisfy.
        by_group: whether of the variants of one product only the first comes.
    """
    views: dict[int, list[View]] = {}
    for page in paged(image_ids):
        shown = _views().where(_sources.image_id.in_(page))
        if condition is not None:
            shown = shown.where(condition)
        for view in _ranked_views(connection, shown, each, by_group=by_group):
            views.setdefault(view.image_id, []).append(view)
    return views


def _ranked_views(
    connection: Connection, shown: Select[Any], each: int, *, by_group: bool
) -> list[View]:
    if by_group:
        alone = case((_products.item_group == "", _products.id), else_=0)
        group = (_sources.image_id, _products.item_group, alone)
        variants = _numbered(shown, group, (_shown.position, _shown.product_id)).subquery()
        first = select(*_without_place(variants)).where(variants.c.place == 1)
        ranked = _numbered(
            first, (variants.c.image_id,), (variants.c.position, variants.c.product_id)
        )
    else:
        ranked = _numbered(shown, (_sources.image_id,), (_shown.position, _shown.product_id))
    rows = ranked.subquery()
    return [
        View(*row)
        for row in connection.execute(
            select(*_without_place(rows))
            .where(rows.c.place <= each)
            .order_by(rows.c.image_id, rows.c.place)
        )
    ]


def _numbered(
    rows: Select[Any],
    partition: Sequence[ColumnElement[Any]],
    order: Sequence[ColumnElement[Any]],
) -> Select[Any]:
    place = func.row_number().over(partition_by=partition, order_by=order).label("place")
    return rows.add_columns(place)


def _without_place(rows: Subquery) -> list[ColumnElement[Any]]:
    return [column for column in rows.c if column.name != "place"]


def views_of_products(connection: Connection, product_ids: Sequence[int]) -> dict[int, list[View]]:
    """The usable images of products, each in its order; a product without any is left out."""
    views: dict[int, list[View]] = {}
    for page in paged(product_ids):
        rows = connection.execute(
            _views().where(_shown.product_id.in_(page)).order_by(_shown.product_id, _shown.position)
        )
        for row in rows:
            view = View(*row)
            views.setdefault(view.product_id, []).append(view)
    return views

"""Of which kind products are, without their texts: what thousands are compared by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from vsearch.catalog.pages import paged
from vsearch.catalog.schema import CATEGORY_SEPARATOR, image_sources, product_images, products

_MOST_SHARING = 100

_products = products.c


@dataclass(frozen=True, slots=True)
class ProductTraits:
    """What tells of which kind a product is, without its texts."""

    product_id: int
    sku: str
    item_group: str
    category: tuple[str, ...]
    brand: str
    price: float | None


def read_traits(connection: Connection, product_ids: Sequence[int]) -> list[ProductTraits]:
    """Of which kind products are, by ascending id; those that aren't there are left out."""
    found: list[ProductTraits] = []
    for page in paged(product_ids):
        rows = connection.execute(
            select(
                _products.id,
                _products.sku,
                _products.item_group,
                _products.category,
                _products.brand,
                _products.price,
            ).where(_products.id.in_(page))
        )
        found += [
            ProductTraits(
                number,
                sku,
                group,
                tuple(category.split(CATEGORY_SEPARATOR)) if category else (),
                brand,
                None if price is None else float(price),
            )
            for number, sku, group, category, brand, price in rows
        ]
    return sorted(found, key=lambda one: one.product_id)


def products_of_images(
    connection: Connection, image_ids: Sequence[int]
) -> dict[int, tuple[int, ...]]:
    """The ids of the products that show each picture: those first whose main picture it is.

    A picture that many share, as one that stands for all that are missing, tells little: of its
    products no more than ``_MOST_SHARING`` are named.
    """
    shown, sources = product_images.c, image_sources.c
    found: dict[int, tuple[int, ...]] = {}
    for page in paged(image_ids):
        rows = connection.execute(
            select(sources.image_id, shown.product_id)
            .join_from(product_images, image_sources, sources.id == shown.source_id)
            .where(sources.image_id.in_(page))
            .order_by(shown.position, shown.product_id)
            .limit(_MOST_SHARING * len(page))
        )
        for image_id, product_id in rows:
            own = found.get(image_id, ())
            if len(own) < _MOST_SHARING:
                found[image_id] = (*own, product_id)
    return found

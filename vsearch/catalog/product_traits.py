"""Of which kind products are, without their texts: what thousands are compared by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from vsearch.catalog.pages import paged
from vsearch.catalog.schema import CATEGORY_SEPARATOR, products

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

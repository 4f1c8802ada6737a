"""Between a ``Product`` and its row: the one place that knows both."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

from sqlalchemy import RowMapping

from vsearch.catalog.product import NO_ATTRIBUTES, Availability, Product
from vsearch.catalog.schema import CATEGORY_SEPARATOR


def digest(product: Product) -> str:
    """32 hex digits over everything the feed said: the same digest, nothing to write."""
    # repr is exact for str, Decimal, bool and tuples of them, and unlike a plain join it
    # can't mistake ("a", "b") for ("a, b",). Availability's own repr would change with enum.
    parts = (
        product.sku,
        product.title,
        product.description,
        product.brand,
        product.category,
        # 5 and 5.00 are one price.
        None if product.price is None else product.price.normalize(),
        product.currency,
        None if product.availability is None else product.availability.value,
        product.url,
        product.gtin,
        product.item_group,
        sorted(product.attributes.items()),
        product.images,
    )
    encoded = repr(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()


def to_row(product: Product) -> dict[str, Any]:
    """The columns of ``products`` that come from the feed."""
    return {
        "sku": product.sku,
        "title": product.title,
        "description": product.description,
        "brand": product.brand,
        "category": CATEGORY_SEPARATOR.join(product.category),
        "price": product.price,
        "currency": product.currency,
        "availability": None if product.availability is None else product.availability.value,
        "url": product.url,
        "gtin": product.gtin,
        "item_group": product.item_group,
        "attributes": {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in product.attributes.items()
        },
    }


def to_product(row: RowMapping, images: Iterable[str]) -> Product:
    """The record of a row of ``products`` with the locations of its images, in order."""
    attributes = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in row["attributes"].items()
    }
    return Product(
        sku=row["sku"],
        title=row["title"],
        description=row["description"],
        brand=row["brand"],
        category=tuple(row["category"].split(CATEGORY_SEPARATOR)) if row["category"] else (),
        price=row["price"],
        currency=row["currency"],
        availability=None if row["availability"] is None else Availability(row["availability"]),
        url=row["url"],
        gtin=row["gtin"],
        item_group=row["item_group"],
        attributes=MappingProxyType(attributes) if attributes else NO_ATTRIBUTES,
        images=tuple(images),
    )

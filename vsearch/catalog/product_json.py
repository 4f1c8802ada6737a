"""A product as JSON has it, wherever vsearch tells of one."""

from __future__ import annotations

from typing import Any

from vsearch.catalog.product import Product


def product_json(product: Product) -> dict[str, Any]:
    """Every field but its images; a price is text, because JSON has no decimals."""
    return {
        "sku": product.sku,
        "title": product.title,
        "description": product.description,
        "brand": product.brand,
        "category": list(product.category),
        "price": None if product.price is None else str(product.price),
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

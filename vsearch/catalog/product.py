"""What is sold: frozen records that pass between feeds, stores, indexing and search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

#: What a free attribute may hold: a JSON scalar or a list of texts.
AttributeValue = str | int | float | bool | tuple[str, ...]

NO_ATTRIBUTES: Mapping[str, AttributeValue] = MappingProxyType({})


class Availability(StrEnum):
    """Whether a product can be bought now, in Google Merchant's words."""

    IN_STOCK = "in_stock"
    OUT_OF_STOCK = "out_of_stock"
    PREORDER = "preorder"
    BACKORDER = "backorder"


@dataclass(frozen=True, slots=True)
class Product:
    """One thing that a shopper can buy, as the merchant describes it."""

    sku: str
    """The merchant's own key, unique in a collection; 1 to 255 characters, no control ones."""

    title: str = ""
    description: str = ""
    brand: str = ""

    category: tuple[str, ...] = ()
    """The path from the widest to the narrowest category: ``("Shoes", "Sneakers")``."""

    price: Decimal | None = None
    """What one unit costs now, in ``currency``; ≥ 0, at most 4 decimal places."""

    currency: str | None = None
    """ISO 4217, three capitals. None where the feed names none."""

    availability: Availability | None = None
    url: str = ""
    """The product's page in the shop."""

    gtin: str = ""
    """EAN, UPC, ISBN: the digits as the feed has them."""

    item_group: str = ""
    """What the variants of one product (sizes, colours) share; empty where there is none."""

    attributes: Mapping[str, AttributeValue] = field(default_factory=lambda: NO_ATTRIBUTES)
    """Everything else that the feed tells: colour, material, size."""

    images: tuple[str, ...] = ()
    """Where its pictures are, the main one first, without repeats: ``/``-separated paths
    relative to the feed's folder (never leading out of it), or http(s) URLs."""


def is_url(location: str) -> bool:
    """Whether an image is behind a URL; everything else in ``Product.images`` is a path."""
    return location.startswith(("http://", "https://"))

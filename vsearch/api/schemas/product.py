"""Products as JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from vsearch.api.schemas.answer import ImageOut, image_out
from vsearch.api.schemas.query import PictureIn
from vsearch.catalog.product import Availability, Product
from vsearch.catalog.product_json import product_json
from vsearch.catalog.product_outcome import Outcome
from vsearch.catalog.product_pages import StoredProduct
from vsearch.indexing.changes import ProductChange

_Name = Annotated[str, StringConstraints(max_length=500)]
_Attribute = bool | int | float | str | list[str]


class RejectedImageOut(BaseModel):
    """An image that a product names and that can't be used."""

    location: str
    reason: str


class ProductOut(BaseModel):
    """A product."""

    sku: str
    title: str
    description: str
    brand: str
    category: list[str] = Field(description="from the top")
    price: str | None = Field(description="a decimal number", examples=["12.50"])
    currency: str | None = Field(description="ISO 4217")
    availability: str | None
    url: str
    gtin: str
    item_group: str
    attributes: dict[str, bool | int | float | str | list[str]]
    images: list[ImageOut] = Field(description="those that can be used, the main one first")
    rejected_images: list[RejectedImageOut]


class ProductPageOut(BaseModel):
    """Some products of the catalogue."""

    products: list[ProductOut]
    next: str | None = Field(description="what ``after`` is for the next page; null at the end")
    total: int = Field(description="how many there are on all pages")


class ProductIn(BaseModel):
    """A product as it is to be: what is left out is empty. Images left out stay as they are."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, StringConstraints(max_length=1_000)] = ""
    description: Annotated[str, StringConstraints(max_length=50_000)] = ""
    brand: _Name = ""
    category: list[Annotated[str, StringConstraints(min_length=1, max_length=200)]] = Field(
        default_factory=list, max_length=10, description="from the top"
    )
    price: Decimal | None = Field(
        None, ge=0, lt=10**12, decimal_places=4, description="what one unit costs"
    )
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")] | None = Field(
        None, description="ISO 4217"
    )
    availability: Availability | None = None
    url: Annotated[str, StringConstraints(max_length=4_096)] = ""
    gtin: Annotated[str, StringConstraints(max_length=64)] = ""
    item_group: Annotated[str, StringConstraints(max_length=255)] = ""
    attributes: dict[
        Annotated[str, StringConstraints(min_length=1, max_length=100)], _Attribute
    ] = Field(default_factory=dict, max_length=200)
    images: list[PictureIn] | None = Field(
        None, max_length=50, description="the main one first; left out: the ones it has stay"
    )


class StoredOut(BaseModel):
    """A product as it is now, found by queries from here on."""

    product: ProductOut
    outcome: Outcome
    rejected_images: list[RejectedImageOut] = Field(description="of this request")
    generation: int = Field(description="of the index that has it")


def change_of(sku: str, given: ProductIn, pictures: list[bytes]) -> ProductChange:
    """What a request asks for. Decodes base64: not for the event loop.

    Args:
        sku: which product.
        given: as it is to be.
        pictures: files that came beside it, behind those that it names itself.

    Raises:
        ImageRejected: a picture isn't base64.
    """
    named = None if given.images is None else [one.image() for one in given.images]
    images = None if named is None and not pictures else (*(named or ()), *pictures)
    return ProductChange(
        Product(
            sku=sku,
            title=given.title,
            description=given.description,
            brand=given.brand,
            category=tuple(given.category),
            price=given.price,
            currency=given.currency,
            availability=given.availability,
            url=given.url,
            gtin=given.gtin,
            item_group=given.item_group,
            attributes={
                name: tuple(value) if isinstance(value, list) else value
                for name, value in given.attributes.items()
            },
        ),
        images,
    )


def product_out(stored: StoredProduct) -> ProductOut:
    """A product as it is told."""
    shown = [image_out(image.content_hash) for image in stored.images if not image.reason]
    return ProductOut(
        **product_json(stored.product),
        images=[image for image in shown if image is not None],
        rejected_images=[
            RejectedImageOut(location=image.location, reason=image.reason)
            for image in stored.images
            if image.reason
        ],
    )

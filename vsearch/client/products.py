"""Products on their way to a service and back."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vsearch.catalog.product import Product
from vsearch.catalog.product_json import product_json
from vsearch.catalog.product_outcome import Outcome
from vsearch.client.answers import read_product, reading
from vsearch.indexing.changes import ProductChange, PutProduct
from vsearch.indexing.summary import RejectedImage


@dataclass(frozen=True, slots=True)
class ProductPage:
    """Some of the products, and how to go on."""

    products: tuple[Product, ...]
    after: int | None
    """What to ask for the next page with; None where this is the last."""
    total: int
    """How many there are on all pages."""


def read_page(content: Mapping[str, Any], url: str) -> ProductPage:
    """Read a page of products.

    Raises:
        ServiceError: it isn't one.
    """
    with reading(url):
        following = content["next"]
        return ProductPage(
            products=tuple(read_product(product, url) for product in content["products"]),
            after=None if following is None else int(following),
            total=content["total"],
        )


def change_json(change: ProductChange) -> dict[str, Any]:
    """A change as a service takes it: what is empty is left out, pictures are in base64."""
    body = product_json(change.product)
    # It stands in the address.
    del body["sku"]
    body = {name: value for name, value in body.items() if value not in (None, "", [], {})}
    if change.pictures is not None:
        body["images"] = [_picture(picture) for picture in change.pictures]
    return body


def read_put(content: Mapping[str, Any], url: str) -> tuple[PutProduct, int]:
    """Read what became of a product, and the generation of the index that has it.

    Raises:
        ServiceError: it tells something else.
    """
    with reading(url):
        rejected = tuple(
            RejectedImage(one["location"], one["reason"]) for one in content["rejected_images"]
        )
        outcome = Outcome(content["outcome"])
        return PutProduct(content["product"]["sku"], outcome, rejected), content["generation"]


def _picture(picture: bytes | str) -> dict[str, str]:
    if isinstance(picture, str):
        return {"url": picture}
    return {"data": base64.b64encode(picture).decode("ascii")}

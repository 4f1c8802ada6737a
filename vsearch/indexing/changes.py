"""Changes of single products, as a program asks for them, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass

from vsearch.catalog.product import Product
from vsearch.catalog.product_outcome import Outcome
from vsearch.indexing.summary import RejectedImage


@dataclass(frozen=True, slots=True)
class ProductChange:
    """A product as it is to be."""

    product: Product
    """Its ``images`` count for nothing: ``pictures`` says what it shows."""

    pictures: tuple[bytes | str, ...] | None = None
    """The bytes of image files, or http(s) URLs, the main one first. None keeps the images that
    it has, and the feed that it belongs to; with any others it belongs to the feed ``api``."""


@dataclass(frozen=True, slots=True)
class PutProduct:
    """What became of one product."""

    sku: str
    outcome: Outcome
    rejected: tuple[RejectedImage, ...] = ()
    """The pictures that can't be used: one that came as bytes is called ``picture 2``, counted
    from 1, and one that didn't is called by its URL."""


@dataclass(frozen=True, slots=True)
class PutSummary:
    """What became of several."""

    products: tuple[PutProduct, ...]
    """In the order that they were given in."""

    generation: int
    """Of the index in which they can be found."""

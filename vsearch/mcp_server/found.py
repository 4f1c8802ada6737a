"""What the tools answer: structured, and in a few words."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field

from vsearch.catalog.product import Product
from vsearch.catalog.product_json import product_json
from vsearch.searching.result import Hit, Result
from vsearch.searching.shown_share import shown_share


class FoundProduct(BaseModel):
    """One product that was found."""

    rank: int = Field(description="1 is the best")
    sku: str
    title: str
    brand: str
    category: list[str] = Field(description="from the top")
    price: str | None = Field(description="a decimal number")
    currency: str | None
    availability: str | None
    url: str = Field(description="the product's page in the shop")
    score: float = Field(description="cosine similarity, -1 to 1; of words alone their relevance")
    confidence: float | None = Field(
        description="the probability that it is the very thing asked for; null where unknown"
    )
    also: list[str] = Field(description="SKUs of near-identical listings behind this one")


class CategoryGuess(BaseModel):
    """A category that the thing may belong to."""

    path: list[str] = Field(description="from the top")
    probability: float


class FoundProducts(BaseModel):
    """The answer to a search."""

    products: list[FoundProduct] = Field(description="the best first")
    nothing_alike: bool = Field(
        description="whether the catalogue most likely has no such thing: even the best product"
        " only looks a little like it"
    )
    category: list[CategoryGuess] = Field(
        description="what the thing most likely is, from the top; empty where that isn't clear"
    )


class ProductDetails(BaseModel):
    """All that the catalogue says of a product."""

    sku: str
    title: str
    description: str
    brand: str
    category: list[str] = Field(description="from the top")
    price: str | None = Field(description="a decimal number")
    currency: str | None
    availability: str | None
    url: str = Field(description="the product's page in the shop")
    gtin: str
    item_group: str = Field(description="what the variants of one product share")
    attributes: dict[str, bool | int | float | str | list[str]]
    images: list[str] = Field(description="where its pictures are, the main one first")


def found_products(result: Result) -> FoundProducts:
    """A result as an agent gets it."""
    return FoundProducts(
        products=[found_product(hit) for hit in result.hits],
        nothing_alike=result.nothing_alike,
        category=[
            CategoryGuess(path=list(guess.path), probability=round(guess.probability, 3))
            for guess in result.likeliest_category
        ],
    )


def product_details(product: Product) -> ProductDetails:
    """A product as an agent gets it."""
    return ProductDetails(**product_json(product), images=list(product.images))


def told(result: Result) -> str:
    """A result in a line for each hit."""
    lines = [line(hit) for hit in result.hits]
    if not lines:
        return "No product fits."
    if result.nothing_alike:
        lines.insert(0, "The catalogue most likely has no such thing; the nearest products are:")
    return "\n".join(lines)


def told_product(product: Product) -> str:
    """A product in a few lines."""
    facts = [_facts(product), product.description, product.url]
    return "\n".join([f"{product.sku}: {product.title}", *filter(None, facts)])


def found_product(hit: Hit) -> FoundProduct:
    """A hit as an agent gets it."""
    product = hit.product
    return FoundProduct(
        rank=hit.rank,
        sku=product.sku,
        title=product.title,
        brand=product.brand,
        category=list(product.category),
        price=None if product.price is None else str(product.price),
        currency=product.currency,
        availability=product.availability,
        url=product.url,
        score=round(hit.score, 4),
        confidence=None if hit.confidence is None else round(hit.confidence, 3),
        also=list(hit.also),
    )


def line(hit: Hit) -> str:
    """A hit in one line."""
    sure = "" if hit.confidence is None else f", {shown_share(hit.confidence)} sure to be it"
    return f"{hit.rank}. {hit.sku}: {hit.title} ({_facts(hit.product)}{sure})"


def _facts(product: Product) -> str:
    price = "" if product.price is None else f"{product.price} {product.currency or ''}".strip()
    availability = (product.availability or "").replace("_", " ")
    facts: Sequence[str] = (product.brand, " > ".join(product.category), price, availability)
    return ", ".join(filter(None, facts))

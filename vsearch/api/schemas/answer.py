"""The answer to a query, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from pydantic import BaseModel, Field

from vsearch.searching.result import Hit, Result

_SCORE_DIGITS = 6
_SHARE_DIGITS = 4


class ImageOut(BaseModel):
    """A picture of a product."""

    content_hash: str = Field(description="SHA-256 of its file, in hex")
    url: str = Field(description="the file as it was indexed")
    thumbnail: str = Field(description="a small WebP; ?side=640 for a larger one")


class HitOut(BaseModel):
    """One product that was found, by the image of it that matched best."""

    rank: int = Field(description="1 is the best")
    sku: str
    score: float = Field(description="cosine similarity, -1 to 1; of words their relevance")
    confidence: float | None = Field(
        description="the probability that it is the very thing, 0 to 1; null where unknown"
    )
    boost: float = Field(description="what boosts have added to the score")
    also: list[str] = Field(description="SKUs of near-identical listings behind this hit")
    title: str
    brand: str
    category: list[str] = Field(description="from the top")
    price: str | None = Field(description="a decimal number", examples=["12.50"])
    currency: str | None = Field(description="ISO 4217")
    availability: str | None
    url: str = Field(description="the product's page in the shop")
    item_group: str
    image: ImageOut | None
    explanation: str | None = Field(
        None, description="what matched, as a data URI of a picture, where it was asked for"
    )


class CategoryOut(BaseModel):
    """A category that the thing may belong to."""

    path: list[str]
    probability: float


class FacetValueOut(BaseModel):
    """A value of a field, and how many of the nearest products have it."""

    value: str
    count: int
    where: str = Field(description="the filter that selects just these")


class RegionOut(BaseModel):
    """One thing in a scene."""

    box: list[float] = Field(description="left, top, width and height, as shares of the picture")
    nothing_alike: bool
    category: list[CategoryOut]
    hits: list[HitOut]


class AnswerOut(BaseModel):
    """The answer to a query."""

    query_id: str = Field(description="to name the query in events; the request's id")
    hits: list[HitOut]
    nothing_alike: bool = Field(
        description="whether even the best hit is most likely something else"
    )
    why_nothing: str | None = Field(description="where there are no hits: the likeliest reason")
    categories: list[CategoryOut] = Field(description="what it may be, the likeliest first")
    category: list[CategoryOut] = Field(description="what it most likely is, from the top")
    facets: dict[str, list[FacetValueOut]]
    regions: list[RegionOut]
    products: int = Field(description="how many products there are to be found")
    generation: int = Field(description="of the index")
    took_ms: float


def image_out(content_hash: str) -> ImageOut | None:
    """Where a picture can be had; None for none."""
    if not content_hash:
        return None
    url = f"/v1/images/{quote(content_hash)}"
    return ImageOut(content_hash=content_hash, url=url, thumbnail=f"{url}/thumbnail")


def hit_out(hit: Hit, explanation: str | None = None) -> HitOut:
    """A hit as it is told."""
    product = hit.product
    return HitOut(
        rank=hit.rank,
        sku=hit.sku,
        score=round(hit.score, _SCORE_DIGITS),
        confidence=None if hit.confidence is None else round(hit.confidence, _SHARE_DIGITS),
        boost=round(hit.boost, _SCORE_DIGITS),
        also=list(hit.also),
        title=product.title,
        brand=product.brand,
        category=list(product.category),
        price=None if product.price is None else str(product.price),
        currency=product.currency,
        availability=product.availability,
        url=product.url,
        item_group=product.item_group,
        image=image_out(hit.content_hash),
        explanation=explanation,
    )


def answer_out(
    result: Result,
    *,
    why_nothing: str | None,
    query_id: str,
    explanations: Sequence[str | None],
    products: int,
    generation: int,
    took_s: float,
) -> AnswerOut:
    """An answer as it is told.

    Args:
        result: what came.
        why_nothing: where there are no hits: the likeliest reason.
        query_id: what events name the query by.
        explanations: data URIs for the first hits.
        products: how many there are in the collection.
        generation: of the index.
        took_s: seconds from the question to the answer.
    """
    told = dict(enumerate(explanations))
    return AnswerOut(
        query_id=query_id,
        hits=[hit_out(hit, told.get(number)) for number, hit in enumerate(result.hits)],
        nothing_alike=result.nothing_alike,
        why_nothing=why_nothing,
        categories=[_category(guess.path, guess.probability) for guess in result.categories],
        category=[_category(guess.path, guess.probability) for guess in result.likeliest_category],
        facets={
            field: [FacetValueOut(value=v.value, count=v.count, where=v.where) for v in values]
            for field, values in result.facets.items()
        },
        regions=[
            RegionOut(
                box=[
                    round(number, _SHARE_DIGITS)
                    for number in (
                        region.box.left,
                        region.box.top,
                        region.box.width,
                        region.box.height,
                    )
                ],
                nothing_alike=region.nothing_alike,
                category=[_category(guess.path, guess.probability) for guess in region.category],
                hits=[hit_out(hit) for hit in region.hits],
            )
            for region in result.regions
        ],
        products=products,
        generation=generation,
        took_ms=round(took_s * 1000, 1),
    )


def _category(path: Sequence[str], probability: float) -> CategoryOut:
    return CategoryOut(path=list(path), probability=round(probability, _SHARE_DIGITS))

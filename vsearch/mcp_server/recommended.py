"""What the tools that recommend answer: structured, and in a few words."""

from __future__ import annotations

from pydantic import BaseModel, Field

from vsearch.mcp_server.found import FoundProduct, found_product, line
from vsearch.recommending.recommended import Basis, Recommendations, Recommended

_BASIS = {
    Basis.LOOKS: "looks like",
    Basis.KIND: "is of the same kind as",
    Basis.TOGETHER: "others met it together with",
    Basis.LEARNED: "fits, by what others put together,",
    Basis.STYLE: "has the style of",
    Basis.POPULAR: "popular at the moment",
    Basis.NEWEST: "new",
}

_MOST_NAMED = 3


class RecommendedProduct(FoundProduct):
    """One product that is recommended."""

    score: float = Field(description="orders this answer; compares with no other's")
    basis: Basis = Field(
        description="what spoke for it: it `looks` like what was given; it is of the same `kind`"
        " (category, brand, price); others met both `together`; `learned` from what others put"
        " together; of another category and the same `style`, by looks alone; `popular`; `newest`"
    )
    because: list[str] = Field(description="SKUs of the given products that spoke for it")


class ShownInterest(BaseModel):
    """One thing that the shopper seems to look for."""

    skus: list[str] = Field(description="the products that show it")
    share: float = Field(description="of the interest as a whole")


class RecommendedProducts(BaseModel):
    """What is recommended."""

    products: list[RecommendedProduct] = Field(description="the best first")
    interests: list[ShownInterest] = Field(description="what a shopper seems to look for")
    unknown: list[str] = Field(description="given SKUs that no product has; they were passed over")
    why_nothing: str | None = Field(description="where there is nothing: the reason")


def recommended_products(found: Recommendations) -> RecommendedProducts:
    """Recommendations as an agent gets them."""
    return RecommendedProducts(
        products=[
            RecommendedProduct(
                **found_product(one.hit).model_dump(), basis=one.basis, because=list(one.because)
            )
            for one in found.hits
        ],
        interests=[
            ShownInterest(skus=list(one.skus), share=round(one.share, 3)) for one in found.interests
        ],
        unknown=list(found.unknown),
        why_nothing=found.why_nothing,
    )


def told_recommendations(found: Recommendations) -> str:
    """Recommendations in a line for each product."""
    lines = [_line(one) for one in found.hits]
    if not lines:
        lines.append(f"Nothing to recommend: {found.why_nothing or 'nothing fits'}.")
    if found.unknown:
        lines.append(f"Not in the catalogue, passed over: {', '.join(found.unknown)}.")
    return "\n".join(lines)


def _line(one: Recommended) -> str:
    why = " ".join(filter(None, (_BASIS[one.basis], ", ".join(one.because[:_MOST_NAMED]))))
    return f"{line(one.hit)}: {why}"

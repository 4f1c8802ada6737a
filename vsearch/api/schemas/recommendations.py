"""What is recommended, as JSON."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from vsearch.api.schemas.answer import HitOut, hit_out
from vsearch.recommending.recommended import Basis, Recommendations

_SHARE_DIGITS = 4


class RecommendedOut(HitOut):
    """One product that is recommended, by its main image or the one that spoke for it."""

    score: float = Field(description="orders the hits of this answer; compares with no other's")
    basis: Basis = Field(
        description="what spoke for it most: `looks` like what the shopper met; of the same `kind`"
        " (category, brand, price); others met both `together`; `learned` from what was put"
        " together; of another category and the same `style`, by looks alone; `popular` at the"
        " moment; `newest`"
    )
    because: list[str] = Field(
        description="SKUs of the asking products that spoke for it, the strongest first"
    )


class InterestOut(BaseModel):
    """One thing that the shopper seems to look for."""

    skus: list[str] = Field(description="the products that show it, the strongest first")
    share: float = Field(description="of the interest as a whole; they sum to 1")


class RecommendationsOut(BaseModel):
    """The answer to one question."""

    query_id: str = Field(description="to name the question in events; the request's id")
    hits: list[RecommendedOut]
    unknown: list[str] = Field(
        description="asking SKUs that the catalogue doesn't have; they were passed over"
    )
    why_nothing: str | None = Field(description="where there are no hits: the reason")
    generation: int = Field(description="of the index")
    took_ms: float


class ForShopperOut(RecommendationsOut):
    """The answer to what a shopper may want next."""

    interests: list[InterestOut] = Field(
        description="the strongest first; none where there is no history"
    )


def recommendations_out(
    found: Recommendations, *, query_id: str, generation: int, took_s: float
) -> RecommendationsOut:
    """Recommendations as they are told, without interests.

    Args:
        found: what the recommender answered.
        query_id: what events name the question by.
        generation: of the index.
        took_s: seconds from the question to the answer.
    """
    return RecommendationsOut(**_told(found, query_id, generation, took_s))


def for_shopper_out(
    found: Recommendations, *, query_id: str, generation: int, took_s: float
) -> ForShopperOut:
    """Recommendations for a shopper as they are told; as ``recommendations_out``."""
    return ForShopperOut(
        **_told(found, query_id, generation, took_s),
        interests=[
            InterestOut(skus=list(one.skus), share=round(one.share, _SHARE_DIGITS))
            for one in found.interests
        ],
    )


def _told(found: Recommendations, query_id: str, generation: int, took_s: float) -> dict[str, Any]:
    return {
        "query_id": query_id,
        "hits": [
            RecommendedOut(
                **hit_out(one.hit).model_dump(), basis=one.basis, because=list(one.because)
            )
            for one in found.hits
        ],
        "unknown": list(found.unknown),
        "why_nothing": found.why_nothing,
        "generation": generation,
        "took_ms": round(took_s * 1000, 1),
    }

"""What a service recommends, as the records that a recommender returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vsearch.client.answers import read_hit, reading
from vsearch.recommending.recommended import Basis, Interest, Recommendations, Recommended


@dataclass(frozen=True, slots=True)
class ServedRecommendations(Recommendations):
    """Recommendations, and what only a service has to say of them."""

    query_id: str = ""
    """Names the question in events."""

    generation: int = 0
    """Of the index that answered; 0 where nothing did."""

    took_ms: float = 0.0
    """How long the service took, in milliseconds."""


def read_recommendations(content: Mapping[str, Any], url: str) -> ServedRecommendations:
    """Read recommendations.

    Args:
        content: their JSON.
        url: of the service; where pictures are is told relative to it.

    Raises:
        ServiceError: they are none.
    """
    with reading(url):
        return ServedRecommendations(
            hits=tuple(
                Recommended(read_hit(hit, url), Basis(hit["basis"]), tuple(hit["because"]))
                for hit in content["hits"]
            ),
            # Only what is asked for a shopper has any.
            interests=tuple(
                Interest(tuple(one["skus"]), one["share"]) for one in content.get("interests", ())
            ),
            unknown=tuple(content["unknown"]),
            why_nothing=content["why_nothing"],
            query_id=content["query_id"],
            generation=content["generation"],
            took_ms=content["took_ms"],
        )

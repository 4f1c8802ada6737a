"""What is asked of a recommender, as a service takes it; what is usual is left out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from vsearch.client.questions import boost_text
from vsearch.events.event import Event
from vsearch.recommending.asked import ForShopper, GoesWith, Popular, SimilarTo


def similar_params(asked: SimilarTo) -> dict[str, Any]:
    """All of it but the SKU, for a query string."""
    return _said(
        {
            "k": asked.k,
            "offset": asked.offset,
            "where": asked.where,
            "group": asked.group.value,
            "collapse": asked.collapse,
            "category": asked.category.value,
            "price_band": asked.price_band,
            "in_stock": asked.in_stock,
            "diversity": asked.diversity,
            "boosts": [boost_text(boost) for boost in asked.boosts],
            "min_confidence": asked.min_confidence,
            "facets": list(asked.facets),
        }
    )


def shopper_json(asked: ForShopper) -> dict[str, Any]:
    """All of it, for a body."""
    return _said(
        {
            "user_id": asked.user_id,
            "session_id": asked.session_id,
            "history": [_event(event) for event in asked.history],
            "like": list(asked.like),
            "unlike": list(asked.unlike),
            "k": asked.k,
            "where": asked.where,
            "in_stock": asked.in_stock,
            "seen": asked.seen,
            "interests": asked.interests,
            "half_life_days": asked.half_life_days,
            "fresh": asked.fresh,
            "diversity": asked.diversity,
            "boosts": [boost_text(boost) for boost in asked.boosts],
            "seed": asked.seed,
            "at": _moment(asked.at),
        }
    )


def goes_with_params(asked: GoesWith) -> dict[str, Any]:
    """All of it but the first SKU, for a query string."""
    return _said(
        {
            "with": list(asked.skus[1:]),
            "k": asked.k,
            "where": asked.where,
            "in_stock": asked.in_stock,
            "each_category": asked.each_category,
            "boosts": [boost_text(boost) for boost in asked.boosts],
        }
    )


def popular_params(asked: Popular) -> dict[str, Any]:
    """All of it, for a query string."""
    return _said({"k": asked.k, "where": asked.where, "in_stock": asked.in_stock})


def _event(event: Event) -> dict[str, Any]:
    return _said({"kind": event.kind.value, "sku": event.sku, "at": _moment(event.at)})


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _said(parts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in parts.items()
        if value is not None and value is not False and value not in ("", [])
    }

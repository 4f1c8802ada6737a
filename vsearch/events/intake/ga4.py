"""Google Analytics 4, as BigQuery exports it: one record an event, several products in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_ga4(record: Mapping[str, Any]) -> bool:
    """Whether a record is an event of GA4, with products or without."""
    return "event_name" in record and ("items" in record or "event_params" in record)


def flattened(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One record a product; none where the event is about no product.

    GA4 counts the sessions of each user: its session is told with the user, so that those of
    two users stay apart.
    """
    items = record.get("items")
    if not isinstance(items, list):
        return []
    user = record.get("user_id") or record.get("user_pseudo_id") or ""
    base = {
        "kind": record["event_name"],
        "at": record.get("event_timestamp"),
        "user_id": user,
        "session_id": _session(record, user),
    }
    return [
        base
        | {
            "sku": item.get("item_id"),
            "position": item.get("item_list_index"),
            "quantity": item.get("quantity"),
        }
        for item in items
        if isinstance(item, dict)
    ]


def _session(record: Mapping[str, Any], user: object) -> str:
    session = record.get("ga_session_id")
    parameters = record.get("event_params")
    if session is None and isinstance(parameters, list):
        for parameter in parameters:
            if isinstance(parameter, dict) and parameter.get("key") == "ga_session_id":
                value = parameter.get("value")
                if isinstance(value, dict):
                    session = value.get("int_value") or value.get("string_value")
    return "" if session in (None, "") else f"{user}:{session}"

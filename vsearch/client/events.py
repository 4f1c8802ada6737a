"""Events on their way to a service."""

from __future__ import annotations

from typing import Any

from vsearch.events.event import Event

#: So many are taken at once.
MAX_EVENTS = 1_000


def event_json(event: Event) -> dict[str, Any]:
    """An event as a service takes it; what is empty is left out."""
    body: dict[str, Any] = {
        "kind": event.kind.value,
        "sku": event.sku,
        "at": None if event.at is None else event.at.isoformat(),
        "user_id": event.user_id,
        "session_id": event.session_id,
        "query_id": event.query_id,
        "position": event.position,
        "quantity": event.quantity,
    }
    return {name: value for name, value in body.items() if value not in (None, "")}

"""Events on their way to a service."""

from __future__ import annotations

from typing import Any

from vsearch.errors import QueryError
from vsearch.events.event import Event
from vsearch.events.selection import EventSelection

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


def selection_parameters(selection: EventSelection) -> dict[str, str]:
    """Which events are meant, as a service takes it.

    Raises:
        QueryError: it doesn't take that, or there is nothing.
    """
    if selection.kinds or selection.since is not None:
        raise QueryError("selection: a service takes user_id, session_id and before alone")
    told = {
        "user_id": selection.user_id,
        "session_id": selection.session_id,
        "before": None if selection.before is None else selection.before.isoformat(),
    }
    parameters = {name: value for name, value in told.items() if value is not None}
    if not parameters:
        raise QueryError("selection: say which: user_id, session_id or before")
    return parameters

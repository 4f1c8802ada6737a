"""What the events are, in figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from vsearch.catalog.schema import events, products
from vsearch.events.event import EventKind


@dataclass(frozen=True, slots=True)
class EventsOverview:
    """How many events there are, of what kinds, of whom, of which products."""

    events: int
    kinds: Mapping[EventKind, int]
    """How many of each; of every kind."""
    first_at: datetime | None
    """When the oldest happened; None where there is none."""
    last_at: datetime | None
    users: int
    sessions: int
    skus: int
    """How many different ones."""
    unknown_skus: int
    """How many of those aren't in the catalogue, or no longer."""
    unknown_events: int
    """How many events name one of those."""


def read_overview(connection: Connection) -> EventsOverview:
    """Count the events; that reads all of them."""
    table = events.c
    kinds = dict.fromkeys(EventKind, 0)
    of_each = select(table.kind, func.count()).group_by(table.kind)
    for kind, number in connection.execute(of_each):
        kinds[EventKind(kind)] = number
    first, last = connection.execute(select(func.min(table.at), func.max(table.at))).one()
    users, sessions = (
        connection.scalar(select(func.count(column.distinct())).where(column != "")) or 0
        for column in (table.user_id, table.session_id)
    )
    by_sku = select(table.sku, func.count().label("number")).group_by(table.sku).subquery()
    skus, known, known_events = connection.execute(
        select(
            func.count(),
            func.count(products.c.id),
            func.coalesce(func.sum(by_sku.c.number).filter(products.c.id.is_not(None)), 0),
        ).select_from(by_sku.outerjoin(products, products.c.sku == by_sku.c.sku))
    ).one()
    number = sum(kinds.values())
    return EventsOverview(
        events=number,
        kinds=kinds,
        first_at=first,
        last_at=last,
        users=users,
        sessions=sessions,
        skus=skus,
        unknown_skus=skus - known,
        unknown_events=number - int(known_events),
    )

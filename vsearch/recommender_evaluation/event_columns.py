"""Columns of events: made of events, joined, taken in parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from vsearch.events.columns import EventColumns
from vsearch.events.event import Event

_COLUMNS = fields(EventColumns)


def as_columns(events: Sequence[Event]) -> EventColumns:
    """Number events from 1 in the order given, as a store does, and turn them into columns.

    Raises:
        ValueError: one has no moment; the store would have given it that of its arrival.
    """
    moments = []
    for event in events:
        if event.at is None:
            raise ValueError(f"{event.sku}: the event has no moment")
        moments.append(round(event.at.timestamp() * 1_000_000))
    return EventColumns(
        ids=np.arange(1, len(events) + 1, dtype=np.int64),
        kinds=tuple(event.kind.value for event in events),
        skus=tuple(event.sku for event in events),
        at=np.array(moments, "datetime64[us]"),
        user_ids=tuple(event.user_id for event in events),
        session_ids=tuple(event.session_id for event in events),
        query_ids=tuple(event.query_id for event in events),
        positions=np.array([event.position or 0 for event in events], np.int32),
        quantities=np.array([event.quantity or 0 for event in events], np.int32),
    )


def joined(pages: Iterable[EventColumns]) -> EventColumns:
    """All pages as one."""
    parts = list(pages) or [as_columns(())]
    return EventColumns(
        **{one.name: _chained([getattr(part, one.name) for part in parts]) for one in _COLUMNS}
    )


def taken(events: EventColumns, places: npt.NDArray[np.int64]) -> EventColumns:
    """The events at some places, in the order of the places."""
    return EventColumns(
        **{one.name: _picked(getattr(events, one.name), places) for one in _COLUMNS}
    )


def _chained(columns: list[Any]) -> Any:
    if isinstance(columns[0], tuple):
        return tuple(chain.from_iterable(columns))
    return np.concatenate(columns)


def _picked(column: Any, places: npt.NDArray[np.int64]) -> Any:
    if isinstance(column, tuple):
        return tuple(column[place] for place in places.tolist())
    return column[places]

"""Events as columns, as if a store had kept them and handed them out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vsearch.events.columns import EventColumns
from vsearch.events.event import Event


def as_columns(events: Sequence[Event]) -> EventColumns:
    """Number events from 1 in the order given, and turn them into columns.

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

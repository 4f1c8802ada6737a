"""Many events on their way into the store, a column at a time."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Self

from vsearch.events.event import Event

_FIRST_MOMENT = datetime.min.replace(tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# Stands between what is hashed. An identifier is printable, and so can't hold it.
_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class NewEvents:
    """n events whose fields are as ``Event`` wants them; the columns are equally long."""

    kinds: Sequence[str]
    skus: Sequence[str]
    at: Sequence[datetime | None]
    """In UTC; None for the moment in which it is stored."""
    user_ids: Sequence[str]
    session_ids: Sequence[str]
    query_ids: Sequence[str]
    positions: Sequence[int | None]
    quantities: Sequence[int | None]

    def __len__(self) -> int:
        """How many events."""
        return len(self.kinds)

    @classmethod
    def of(cls, events: Sequence[Event]) -> Self:
        """Turn events into columns."""
        return cls(
            [event.kind.value for event in events],
            [event.sku for event in events],
            [None if event.at is None else event.at.astimezone(UTC) for event in events],
            [event.user_id for event in events],
            [event.session_id for event in events],
            [event.query_id for event in events],
            [event.position for event in events],
            [event.quantity for event in events],
        )

    def digests(self) -> Iterator[bytes | None]:
        """What tells each event from every other one, 16 bytes; None where no moment is told.

        Two events of one shopper that tell no moment may be one that was sent twice, or two:
        nobody knows, so both are kept.
        """
        for kind, sku, at, *ids, position, quantity in zip(
            self.kinds,
            self.skus,
            self.at,
            self.user_ids,
            self.session_ids,
            self.query_ids,
            self.positions,
            self.quantities,
            strict=True,
        ):
            if at is None:
                yield None
                continue
            told = _BETWEEN.join((kind, sku, *ids, str(position or ""), str(quantity or "")))
            # The moment stands first: what comes in its order is then appended to the index of
            # digests, twice as fast as at random places all over it.
            moment = struct.pack(">Q", (at - _FIRST_MOMENT) // _MICROSECOND)
            yield moment + blake2b(told.encode(), digest_size=8).digest()

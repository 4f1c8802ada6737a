"""Many events on their way into the store, a column at a time."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Self, TypeVar

from vsearch.events.event import Event

_T = TypeVar("_T")

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
    undated_once: bool = False
    """Whether those that tell no moment are the same where all else is: true of a list of outfits,
    not of a shopper's clicks."""

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

    def without(self, left_out: AbstractSet[int]) -> NewEvents:
        """All but those at some places, which count from 0."""
        if not left_out:
            return self

        def rest(column: Sequence[_T]) -> list[_T]:
            return [value for place, value in enumerate(column) if place not in left_out]

        return NewEvents(
            rest(self.kinds),
            rest(self.skus),
            rest(self.at),
            rest(self.user_ids),
            rest(self.session_ids),
            rest(self.query_ids),
            rest(self.positions),
            rest(self.quantities),
            self.undated_once,
        )

    def digests(self) -> Iterator[bytes | None]:
        """What tells each event from every other one, 16 bytes; None where nothing does.

        Two events of one shopper that tell no moment may be one that was sent twice, or two:
        nobody knows, so both are kept unless ``undated_once`` says which.
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
            if at is None and not self.undated_once:
                yield None
                continue
            told = _BETWEEN.join((kind, sku, *ids, str(position or ""), str(quantity or "")))
            # The moment stands first: what comes in its order is then appended to the index of
            # digests, twice as fast as at random places all over it.
            moment = 0 if at is None else (at - _FIRST_MOMENT) // _MICROSECOND
            yield struct.pack(">Q", moment) + blake2b(told.encode(), digest_size=8).digest()

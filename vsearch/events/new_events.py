"""Many events on their way into the store, a column at a time."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Self, TypeVar

import numpy as np

from vsearch.events.event import Event

_T = TypeVar("_T")

_MOMENT_CHARS = len("2026-11-01 12:00:00.000000")

# Before any that a shopper can have been there.
_NO_MOMENT = "0001-01-01"

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

    def moments(self) -> list[str | None]:
        """When each happened, as SQLite keeps it: ``2026-11-01 12:00:00.000000``, in UTC."""
        return [
            None if at is None else at.isoformat(" ", "microseconds")[:_MOMENT_CHARS]
            for at in self.at
        ]

    def digests(self, moments: Sequence[str | None]) -> list[bytes | None]:
        """What tells each event from every other one, 16 bytes; None where nothing does.

        Two events of one shopper that tell no moment may be one that was sent twice, or two:
        nobody knows, so both are kept unless ``undated_once`` says which.

        Args:
            moments: what ``moments`` gives.
        """
        # The moment stands first: what comes in its order is then appended to the index of
        # digests, twice as fast as at random places all over it.
        told_at = np.array([moment or _NO_MOMENT for moment in moments], "datetime64[us]")
        since_then = (told_at - np.datetime64(_NO_MOMENT, "us")).astype(">i8").tobytes()
        digests: list[bytes | None] = []
        for place, told in enumerate(
            zip(
                self.kinds,
                self.skus,
                self.user_ids,
                self.session_ids,
                self.query_ids,
                self.positions,
                self.quantities,
                strict=True,
            )
        ):
            if moments[place] is None and not self.undated_once:
                digests.append(None)
                continue
            kind, sku, user, session, query, position, quantity = told
            text = _BETWEEN.join((kind, sku, user, session, query, f"{position}/{quantity}"))
            moment = since_then[8 * place : 8 * place + 8]
            digests.append(moment + blake2b(text.encode(), digest_size=8).digest())
        return digests

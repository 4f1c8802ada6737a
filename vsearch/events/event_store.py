"""Events in the catalogue's database: appended, read in their order, forgotten on request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain

from sqlalchemy import ColumnElement, Engine, delete, func, insert, select

from vsearch.catalog.database import storage_errors
from vsearch.catalog.schema import events
from vsearch.coalescing import Coalescing
from vsearch.events.columns import EventColumns
from vsearch.events.event import Event

#: How many events are read at once.
PAGE = 50_000

#: How many rows are removed in one transaction, so that others can write in between.
_REMOVED_AT_ONCE = 10_000

_ADDING_LOCK = 0x7673656172636801


class EventStore:
    """Keeps events. Safe to share between threads: what many add at once is one transaction.

    Nothing of it counts as a change of the catalogue.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._adding = Coalescing[Sequence[Event], int](self._add)

    def add(self, added: Sequence[Event]) -> int:
        """Store events durably; return how many.

        Raises:
            StorageError: the database can't be written.
        """
        return self._adding.ask(added) if added else 0

    def read(self, after: int = 0, *, page: int = PAGE) -> Iterator[EventColumns]:
        """Every event stored after another one, in the order of storing, a page at a time.

        Args:
            after: an id; 0 for all. Keep the last one that you have seen to go on from there.
            page: how many at once, at most.
        """
        table = events.c
        while True:
            with storage_errors(self._engine), self._engine.connect() as connection:
                rows = connection.execute(
                    select(
                        table.id,
                        table.kind,
                        table.sku,
                        table.at,
                        table.user_id,
                        table.session_id,
                        table.query_id,
                        table.position,
                        table.quantity,
                    )
                    .where(table.id > after)
                    .order_by(table.id)
                    .limit(page)
                ).all()
            if not rows:
                return
            after = rows[-1].id
            yield EventColumns.of(rows)

    def count(self) -> int:
        """How many there are."""
        with storage_errors(self._engine), self._engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(events)) or 0

    def forget_user(self, user_id: str) -> int:
        """Remove all that a user did, and return how much that was.

        Raises:
            ValueError: the id is empty, which is nobody's in particular.
        """
        if not user_id:
            raise ValueError("user_id: it is empty")
        return self._forget(events.c.user_id == user_id)

    def forget_before(self, moment: datetime) -> int:
        """Remove what happened before a moment, and return how much that was."""
        return self._forget(events.c.at < moment)

    def _add(self, asked: Sequence[Sequence[Event]]) -> list[int]:
        now = datetime.now(UTC)
        rows = [
            {
                "kind": event.kind.value,
                "sku": event.sku,
                "at": event.at or now,
                "user_id": event.user_id,
                "session_id": event.session_id,
                "query_id": event.query_id,
                "position": event.position,
                "quantity": event.quantity,
                "received_at": now,
            }
            for event in chain.from_iterable(asked)
        ]
        with storage_errors(self._engine), self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                # One process after another: who has read up to an id has missed none below it.
                connection.execute(select(func.pg_advisory_xact_lock(_ADDING_LOCK)))
            connection.execute(insert(events), rows)
        return [len(one) for one in asked]

    def _forget(self, condition: ColumnElement[bool]) -> int:
        total = 0
        while True:
            with storage_errors(self._engine), self._engine.begin() as connection:
                some = select(events.c.id).where(condition).limit(_REMOVED_AT_ONCE)
                removed = connection.execute(delete(events).where(events.c.id.in_(some))).rowcount
            total += removed
            if removed < _REMOVED_AT_ONCE:
                return total

"""Events in the catalogue's database: appended, read in their order, forgotten on request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from sqlalchemy import (
    ColumnElement,
    Engine,
    Select,
    delete,
    func,
    literal_column,
    select,
    type_coerce,
    update,
)
from sqlalchemy.types import NullType

from vsearch.catalog.database import storage_errors
from vsearch.catalog.schema import event_removals, events, products
from vsearch.coalescing import Coalescing
from vsearch.events.columns import EventColumns
from vsearch.events.event import Event
from vsearch.events.event_rows import insert_new, take_turn
from vsearch.events.new_events import NewEvents
from vsearch.events.overview import EventsOverview, read_overview
from vsearch.events.selection import EVERYTHING, EventSelection

#: How many events are read at once.
PAGE = 50_000

#: How many rows are removed in one transaction, so that others can write in between.
_REMOVED_AT_ONCE = 10_000

# How many values a statement may hold.
_ASKED_AT_ONCE = 1_000

# Written out, it lets the database use an index of what isn't empty.
_EMPTY: ColumnElement[str] = literal_column("''")

_table = events.c
_EVENT = select(
    _table.id,
    _table.kind,
    _table.sku,
    # As the database has it: NumPy reads a column of text, or of moments, quicker than the
    # column's type reads each.
    type_coerce(_table.at, NullType()),
    _table.user_id,
    _table.session_id,
    _table.query_id,
    _table.position,
    _table.quantity,
)


class EventStore:
    """Keeps events. Safe to share between threads: what many add at once is one transaction.

    An event is stored once, however often it comes: two are the same where all that they tell
    is, the moment included. Those that tell no moment are always stored.

    Nothing of it counts as a change of the catalogue.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._adding = Coalescing[NewEvents, int](self._add)

    def add(self, added: Sequence[Event]) -> int:
        """Store events durably; return how many weren't there yet.

        Raises:
            StorageError: the database can't be written.
        """
        return self.add_columns(NewEvents.of(added))

    def add_columns(self, added: NewEvents) -> int:
        """As ``add``, for many at once: a transaction of some ten thousand is quickest."""
        return self._adding.ask(added) if len(added) else 0

    def read(
        self, after: int = 0, *, page: int = PAGE, selection: EventSelection = EVERYTHING
    ) -> Iterator[EventColumns]:
        """Every event stored after another one, in the order of storing, a page at a time.

        Args:
            after: an id; 0 for all. Keep the last one that you have seen to go on from there.
            page: how many at once, at most.
            selection: only these.
        """
        conditions = _conditions(selection)
        while True:
            found = self._columns(
                _EVENT.where(_table.id > after, *conditions).order_by(_table.id).limit(page)
            )
            if not len(found):
                return
            after = int(found.ids[-1])
            yield found

    def of_user(self, user_id: str, limit: int = 1_000) -> EventColumns:
        """What a user did last: the newest first, by when it happened; nothing of nobody."""
        return self._newest(_table.user_id, user_id, limit)

    def of_session(self, session_id: str, limit: int = 1_000) -> EventColumns:
        """What was done last in a session: the newest first; nothing of no session."""
        return self._newest(_table.session_id, session_id, limit)

    def count(self, selection: EventSelection = EVERYTHING) -> int:
        """How many there are."""
        asked = select(func.count()).select_from(events).where(*_conditions(selection))
        with storage_errors(self._engine), self._engine.connect() as connection:
            return connection.scalar(asked) or 0

    def overview(self) -> EventsOverview:
        """What they are, in figures; that takes a second for a million of them."""
        with storage_errors(self._engine), self._engine.connect() as connection:
            return read_overview(connection)

    def not_in_catalogue(self, skus: Iterable[str]) -> set[str]:
        """Which of some SKUs no product has."""
        left, asked = set(skus), iter(set(skus))
        with storage_errors(self._engine), self._engine.connect() as connection:
            while some := list(islice(asked, _ASKED_AT_ONCE)):
                found = select(products.c.sku).where(products.c.sku.in_(some))
                left.difference_update(connection.scalars(found))
        return left

    def epoch(self) -> int:
        """How often events were removed; from 0.

        What was counted from events no longer holds once this has gone up. Ask before you read:
        what is removed while you read makes the next answer differ.
        """
        with storage_errors(self._engine), self._engine.connect() as connection:
            return connection.scalar(select(event_removals.c.number)) or 0

    def forget(self, selection: EventSelection) -> int:
        """Remove events, and return how many there were.

        Raises:
            ValueError: the selection names nothing; to remove everything, say so with a moment.
        """
        if selection.is_everything:
            raise ValueError("selection: it names nothing")
        conditions = _conditions(selection)
        total = 0
        while removed := self._forget_some(conditions):
            total += removed
        return total

    def forget_user(self, user_id: str) -> int:
        """Remove all that a user did, and return how much that was.

        Raises:
            EventRejected: the id is empty, which is nobody's in particular.
        """
        return self.forget(EventSelection(user_id=user_id))

    def forget_before(self, moment: datetime) -> int:
        """Remove what happened before a moment, and return how much that was."""
        return self.forget(EventSelection(before=moment))

    def _add(self, asked: Sequence[NewEvents]) -> list[int]:
        with storage_errors(self._engine), self._engine.begin() as connection:
            take_turn(connection)
            return [insert_new(connection, one) for one in asked]

    def _newest(self, column: ColumnElement[str], value: str, limit: int) -> EventColumns:
        return self._columns(
            _EVENT.where(column == value, column != _EMPTY)
            .order_by(_table.at.desc(), _table.id.desc())
            .limit(limit)
        )

    def _columns(self, asked: Select[tuple[object, ...]]) -> EventColumns:
        with storage_errors(self._engine), self._engine.connect() as connection:
            return EventColumns.of(connection.execute(asked).all())

    def _forget_some(self, conditions: Sequence[ColumnElement[bool]]) -> int:
        some = select(_table.id).where(*conditions).limit(_REMOVED_AT_ONCE)
        with storage_errors(self._engine), self._engine.begin() as connection:
            removed = connection.execute(delete(events).where(_table.id.in_(some))).rowcount
            if removed:
                connection.execute(
                    update(event_removals).values(number=event_removals.c.number + 1)
                )
        return removed


def _conditions(selection: EventSelection) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if selection.user_id is not None:
        conditions += [_table.user_id == selection.user_id, _table.user_id != _EMPTY]
    if selection.session_id is not None:
        conditions += [_table.session_id == selection.session_id, _table.session_id != _EMPTY]
    if selection.kinds:
        conditions.append(_table.kind.in_([kind.value for kind in selection.kinds]))
    if selection.since is not None:
        conditions.append(_table.at >= selection.since)
    if selection.before is not None:
        conditions.append(_table.at < selection.before)
    return conditions

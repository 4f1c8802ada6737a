"""From cells to events, a column at a time: a million rows take seconds, not minutes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from types import UnionType
from typing import Generic, TypeVar

from vsearch.catalog.feeds.columns import folded
from vsearch.events.event import EventKind
from vsearch.events.intake.cells import Nested, id_of, number_of, text_of
from vsearch.events.intake.chunk import UNTOLD, RawChunk, RejectedEvent
from vsearch.events.intake.kinds import kind_words
from vsearch.events.intake.moments import moment_of
from vsearch.events.intake.options import IntakeOptions
from vsearch.events.new_events import NewEvents

_T = TypeVar("_T")

# Of each column so many different cells are remembered at most.
_REMEMBERED = 200_000

# Stands for a kind that is none of ours.
_PASSED_OVER = ""


@dataclass(frozen=True, slots=True)
class Understood:
    """What some rows say."""

    events: NewEvents
    rejected: Sequence[RejectedEvent]
    passed_over: Mapping[str, int]
    """Words of the kind's column that are none of our kinds, and how often they stand there."""


class Understanding:
    """Turns rows into events; it remembers cells, which repeat. For one thread."""

    def __init__(self, options: IntakeOptions) -> None:
        self._options = options
        words = kind_words(options.words)
        self._kinds = _Column(lambda value: _kind(value, words), _PASSED_OVER)
        self._ids = {
            name: _Column(partial(id_of, name), "")
            for name in ("sku", "user_id", "session_id", "query_id")
        }
        self._numbers = {
            name: _Column[int | None](number_of, None) for name in ("position", "quantity")
        }
        # Hardly two are the same.
        self._moments = _Column(partial(_moment, zone=options.zone), None, remembers=False)

    def read(self, chunk: RawChunk) -> Understood:
        """Understand rows; a fault in one cell costs its row and no other."""
        read = _Reading(chunk)
        if self._options.kind is None:
            kinds = read.column("kind", self._kinds)
        else:
            kinds = [self._options.kind.value] * len(chunk.rows)
        no_kind = {place for place, kind in enumerate(kinds) if kind == _PASSED_OVER}
        no_kind -= read.faults.keys()
        passed_over = Counter(chunk.passed_over)
        passed_over.update(text_of(chunk.cells["kind"][place]) for place in no_kind)
        events = NewEvents(
            kinds,
            read.column("sku", self._ids["sku"]),
            read.column("at", self._moments),
            read.column("user_id", self._ids["user_id"]),
            read.column("session_id", self._ids["session_id"]),
            read.column("query_id", self._ids["query_id"]),
            read.column("position", self._numbers["position"]),
            read.column("quantity", self._numbers["quantity"]),
            undated_once=True,
        )
        rejected = [
            RejectedEvent(chunk.rows[place], *read.faults[place])
            for place in sorted(read.faults.keys() - no_kind)
        ]
        return Understood(
            events.without(no_kind | read.faults.keys()),
            [*chunk.rejected, *rejected],
            passed_over,
        )


class _Reading:
    """The columns of one chunk, read; the first fault of each row is kept."""

    def __init__(self, chunk: RawChunk) -> None:
        self._chunk = chunk
        self.faults: dict[int, tuple[str, str]] = {}
        """Place → field and problem."""

    def column(self, name: str, column: _Column[_T]) -> Sequence[_T]:
        cells = self._chunk.cells.get(name)
        if cells is None:
            return [column.filler] * len(self._chunk.rows)
        values, problems = column.read(cells)
        for place, problem in problems.items():
            self.faults.setdefault(place, (name, problem))
        return values


class _Column(Generic[_T]):
    """Reads the cells of one column."""

    def __init__(self, read: Callable[[object], _T], filler: _T, *, remembers: bool = True) -> None:
        """Prepare.

        Args:
            read: reads a cell; raises ValueError where that can't be done.
            filler: stands where a cell can't be read.
            remembers: whether cells repeat, and are looked up then.
        """
        self._read = read
        self.filler = filler
        self._remembers = remembers
        self._known: dict[object, _T] = {}
        self._problems: dict[object, str] = {}

    def read(self, cells: Sequence[object]) -> tuple[list[_T], dict[int, str]]:
        """What each cell says, and what is wrong at which place."""
        return self._look_up(cells) if self._remembers else self._read_each(cells)

    def _read_each(self, cells: Sequence[object]) -> tuple[list[_T], dict[int, str]]:
        try:
            return [self._read(cell) for cell in cells], {}
        except ValueError:
            # Now to find out which.
            pass
        wrong: dict[int, str] = {}
        values = []
        for place, cell in enumerate(cells):
            try:
                values.append(self._read(cell))
            except ValueError as error:
                values.append(self.filler)
                wrong[place] = str(error)
        return values, wrong

    def _look_up(self, cells: Sequence[object]) -> tuple[list[_T], dict[int, str]]:
        try:
            new = set(cells) - self._known.keys()
        except TypeError:
            # Lists and objects, which are no cells of an event.
            cells = _told_apart(cells, list | dict)
            new = set(cells) - self._known.keys()
        if True in new or False in new:
            # To a dictionary they are the numbers 1 and 0, which are cells.
            cells = _told_apart(cells, bool)
            new = set(cells) - self._known.keys()
        if len(self._known) + len(new) > _REMEMBERED:
            self._known.clear()
            self._problems.clear()
            new = set(cells)
        unread = list(new)
        values, wrong = self._read_each(unread)
        self._known.update(zip(unread, values, strict=True))
        self._problems.update((unread[place], problem) for place, problem in wrong.items())
        at_fault: dict[int, str] = {}
        if self._problems:
            problems = self._problems
            at_fault = {
                place: problems[cell] for place, cell in enumerate(cells) if cell in problems
            }
        known = self._known
        return [known[cell] for cell in cells], at_fault


def _told_apart(cells: Sequence[object], kind: type | UnionType) -> Sequence[object]:
    return [Nested(str(cell)) if isinstance(cell, kind) else cell for cell in cells]


def _moment(value: object, zone: tzinfo) -> datetime | None:
    return None if value is UNTOLD else moment_of(value, zone)


def _kind(value: object, words: Mapping[str, EventKind]) -> str:
    text = text_of(value)
    if not text:
        raise ValueError("it is empty; write view, click, basket or purchase")
    kind = words.get(folded(text))
    return _PASSED_OVER if kind is None else kind.value

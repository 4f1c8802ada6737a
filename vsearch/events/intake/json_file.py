"""Events as JSON Lines; those of Google Analytics 4 among them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vsearch.catalog.feeds.progress import Progress
from vsearch.catalog.feeds.text_lines import RowTooLong, TextLines
from vsearch.errors import FeedError
from vsearch.events.intake.chunk import (
    CHUNK_ROWS,
    FIELDS,
    UNTOLD,
    RawChunk,
    RejectedEvent,
)
from vsearch.events.intake.event_columns import EVENT_COLUMNS
from vsearch.events.intake.ga4 import flattened, is_ga4
from vsearch.events.intake.header import Header
from vsearch.events.intake.options import IntakeOptions

_MAX_HEADERS = 1_000


class JsonFile:
    """Reads one event a line.

    Raises:
        FeedError: the options' mapping names a field that isn't there.
    """

    unit = "bytes"

    def __init__(self, path: Path, options: IntakeOptions) -> None:
        EVENT_COLUMNS.check_targets(options.mapping, path)
        self._path = path
        self._options = options
        self.size = path.stat().st_size

    def chunks(self, progress: Progress) -> Iterator[RawChunk]:
        """Yield the events, some at a time."""
        rows = _Rows(self._options, self._path, progress)
        with TextLines(self._path, self._options.encoding, progress) as lines:
            while True:
                number = lines.begin_row()
                try:
                    line = next(lines)
                except StopIteration:
                    break
                except RowTooLong:
                    rows.reject(number, "row", "it is longer than 1 Mi characters")
                    continue
                if not line.isspace():
                    rows.add(number, line)
                if len(rows) >= CHUNK_ROWS:
                    yield rows.taken()
            lines.finish()
        yield rows.taken()


class _Rows:
    """What has been read and not handed on yet."""

    def __init__(self, options: IntakeOptions, path: Path, progress: Progress) -> None:
        self._options = options
        self._path = path
        self._progress = progress
        self._headers: dict[tuple[str, ...], Header | str] = {}
        self._begin()

    def _begin(self) -> None:
        self._numbers: list[int] = []
        self._rows: list[list[object]] = []
        self._rejected: list[RejectedEvent] = []
        self._passed_over: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._rows) + len(self._rejected)

    def taken(self) -> RawChunk:
        """What there is; afterwards there is nothing."""
        columns = zip(*self._rows, strict=True) if self._rows else ((),) * len(FIELDS)
        cells = dict(zip(FIELDS, columns, strict=True))
        chunk = RawChunk(self._numbers, cells, self._rejected, self._passed_over)
        self._begin()
        return chunk

    def reject(self, number: int, field: str, problem: str) -> None:
        """Note that a line can't be used."""
        self._rejected.append(RejectedEvent(number, field, problem))

    def add(self, number: int, line: str) -> None:
        """Take a line in."""
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            self.reject(number, "row", f"not JSON: {error}")
            return
        if not isinstance(record, dict):
            problem = f"a JSON object is expected, not a {type(record).__name__}"
            self.reject(number, "row", problem)
        elif is_ga4(record):
            about = flattened(record)
            if not about:
                self._passed_over[str(record["event_name"])] += 1
            for one in about:
                self._add(number, one)
        else:
            self._add(number, record)

    def _add(self, number: int, record: Mapping[str, Any]) -> None:
        names = tuple(record)
        header = self._headers.get(names)
        if header is None:
            header = self._new_header(names)
        if isinstance(header, str):
            self.reject(number, "row", header)
            return
        cells = tuple(record.values())
        fields = header.fields
        row = [cells[fields[name]] if name in fields else UNTOLD for name in FIELDS]
        if header.kind is not None:
            row[0] = header.kind.value
        self._numbers.append(number)
        self._rows.append(row)

    def _new_header(self, names: tuple[str, ...]) -> Header | str:
        """What a line's keys mean, or why they can't be an event."""
        if len(self._headers) == _MAX_HEADERS:
            self._headers.clear()
        found: Header | str
        try:
            found = Header.of(names, self._options, self._path, is_one_of_many=True)
        except FeedError as error:
            found = str(error).removeprefix(f"{self._path}: ")
        else:
            for note in found.notes:
                self._progress.note(note)
        self._headers[names] = found
        return found

"""Events as CSV, TSV and their relatives."""

from __future__ import annotations

from collections.abc import Iterator

from vsearch.catalog.feeds.delimited import DelimitedFile, Row
from vsearch.catalog.feeds.progress import Progress
from vsearch.events.intake.chunk import CHUNK_ROWS, RawChunk, RejectedEvent
from vsearch.events.intake.header import Header
from vsearch.events.intake.options import IntakeOptions


class TextFile:
    """Reads one event a row below a header.

    Raises:
        FeedError: a column is missing.
    """

    unit = "bytes"

    def __init__(self, file: DelimitedFile, options: IntakeOptions) -> None:
        self._file = file
        self._header = Header.of(file.columns, options, file.path)
        self.size = file.path.stat().st_size

    def chunks(self, progress: Progress) -> Iterator[RawChunk]:
        """Yield the rows, some at a time."""
        for note in self._header.notes:
            progress.note(note)
        numbers: list[int] = []
        rows: list[list[str]] = []
        rejected: list[RejectedEvent] = []
        for row in self._file.rows(progress):
            if isinstance(row, Row):
                numbers.append(row.number)
                rows.append(row.cells)
            else:
                rejected.append(RejectedEvent(row.row, row.field, row.problem))
            if len(rows) + len(rejected) >= CHUNK_ROWS:
                yield self._chunk(numbers, rows, rejected)
                numbers, rows, rejected = [], [], []
        yield self._chunk(numbers, rows, rejected)

    def _chunk(
        self, numbers: list[int], rows: list[list[str]], rejected: list[RejectedEvent]
    ) -> RawChunk:
        cells: dict[str, list[object]] = {
            name: [row[column] for row in rows] for name, column in self._header.fields.items()
        }
        if self._header.kind is not None:
            cells["kind"] = [self._header.kind.value] * len(rows)
        return RawChunk(numbers, cells, rejected)

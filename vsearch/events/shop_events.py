"""A shop's events: kept, and taken in and handed on as files and tables."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from sqlalchemy import Engine

from vsearch.errors import FeedError
from vsearch.events.event_store import EventStore
from vsearch.events.export_files import FORMATS, write_events
from vsearch.events.intake.intake import EventIntake, OnRejected
from vsearch.events.intake.options import IntakeOptions
from vsearch.events.intake.summary import IntakeSummary
from vsearch.events.selection import EVERYTHING, EventSelection
from vsearch.progress import Progress

if TYPE_CHECKING:
    import pyarrow as pa


class ArrowTable(Protocol):
    """A table of any library that speaks Arrow: pandas, Polars, pyarrow, DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Hand the rows over; see the Arrow PyCapsule interface."""


class ShopEvents(EventStore):
    """An ``EventStore`` that reads and writes files and tables, too."""

    def __init__(self, engine: Engine, counted: Path | None = None) -> None:
        """Prepare.

        Args:
            engine: of the catalogue's database.
            counted: the folder of what was counted in the events; None for none.
        """
        super().__init__(engine)
        self._counted = counted

    def forget(self, selection: EventSelection) -> int:
        """As ``EventStore.forget``; what was counted of them is removed as well."""
        removed = super().forget(selection)
        # Whoever counts next would find it out of date, and that may be never.
        if removed and self._counted is not None:
            shutil.rmtree(self._counted, ignore_errors=True)
        return removed

    def import_files(
        self,
        files: Sequence[str | Path],
        options: IntakeOptions | None = None,
        *,
        progress: Progress | None = None,
        on_rejected: OnRejected | None = None,
    ) -> IntakeSummary:
        """Store the events of CSV, TSV, JSONL and Parquet files.

        Columns are known by the names that shops and their tools give them. The same file may
        be imported again, or another that overlaps it: an event is stored once. Of events that
        tell no moment, all else decides whether they are the same.

        Raises:
            FeedError: a file as a whole can't be read; what came before it is stored.
            StorageError: the database can't be written.
        """
        intake = EventIntake(self, options, progress=progress, on_rejected=on_rejected)
        for file in files:
            intake.file(Path(file))
        return intake.finish()

    def add_table(
        self,
        table: ArrowTable,
        options: IntakeOptions | None = None,
        *,
        on_rejected: OnRejected | None = None,
    ) -> IntakeSummary:
        """Store the events of a table, one a row; as ``import_files``.

        Args:
            table: a data frame of pandas (2.2 or newer) or Polars, a table of Arrow, or whatever
                else has ``__arrow_c_stream__``.
            options: as for files.
            on_rejected: told of each row that is skipped.

        Raises:
            FeedError: a column is missing.
            StorageError: the database can't be written.
        """
        import pyarrow as pa

        from vsearch.events.intake.header import Header
        from vsearch.events.intake.record_batches import chunks_of

        options = options or IntakeOptions()
        reader = pa.RecordBatchReader.from_stream(table)
        header = Header.of(reader.schema.names, options, "table")
        intake = EventIntake(self, options, on_rejected=on_rejected)
        intake.summary.notes += header.notes
        intake.chunks(chunks_of(reader, header), "table")
        return intake.finish()

    def table(self, selection: EventSelection = EVERYTHING) -> pa.Table:
        """The events as an Arrow table, in the order of storing.

        ``polars.from_arrow`` and ``.to_pandas()`` make data frames of it; whatever takes an
        Arrow stream takes it as it is. Columns: ``kind``, ``sku``, ``at`` (microseconds, UTC),
        ``user_id``, ``session_id``, ``query_id``, ``position`` and ``quantity`` (int32 or null).
        """
        import pyarrow as pa

        from vsearch.events.record_batch import SCHEMA, record_batch

        batches = [record_batch(columns) for columns in self.read(selection=selection)]
        return pa.Table.from_batches(batches, SCHEMA)

    def export(
        self,
        file: str | Path,
        selection: EventSelection = EVERYTHING,
        *,
        file_format: str | None = None,
        stdout: BinaryIO | None = None,
    ) -> int:
        """Write the events to a file that ``import_files`` reads; return how many.

        Args:
            file: where to; an older one stays until the new one is whole. ``-`` for stdout.
            selection: only these.
            file_format: ``csv``, ``jsonl`` or ``parquet``; None for what the file is called, and
                JSONL on stdout.
            stdout: what ``-`` stands for.

        Raises:
            FeedError: no such format.
            StorageError: the disk is full or can't be written.
        """
        is_stdout = str(file) == "-"
        by_name = "jsonl" if is_stdout else Path(file).suffix.removeprefix(".").lower()
        chosen = file_format or by_name
        if chosen not in FORMATS:
            raise FeedError(
                f'{file}: "{chosen}" is no format; name the file .csv, .jsonl or .parquet'
            )
        target = (stdout or sys.stdout.buffer) if is_stdout else Path(file)
        return write_events(target, self.read(selection=selection), chosen)

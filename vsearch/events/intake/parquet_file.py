"""Events as Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from vsearch.catalog.feeds.progress import Progress
from vsearch.errors import FeedError
from vsearch.events.intake.chunk import CHUNK_ROWS, RawChunk
from vsearch.events.intake.header import Header
from vsearch.events.intake.options import IntakeOptions
from vsearch.events.intake.record_batches import chunks_of


class ParquetFile:
    """Reads one event a row.

    Raises:
        FeedError: it isn't a Parquet file, or a column is missing.
    """

    unit = "rows"

    def __init__(self, path: Path, options: IntakeOptions) -> None:
        self._path = path
        try:
            with pq.ParquetFile(path) as file:
                self.size: int = file.metadata.num_rows
                self._names: list[str] = file.schema_arrow.names
        except (pa.ArrowException, OSError) as error:
            raise FeedError(f"{path}: not a Parquet file that can be read: {error}") from error
        self._header = Header.of(self._names, options, path)

    def chunks(self, progress: Progress) -> Iterator[RawChunk]:
        """Yield the rows, some at a time."""
        for note in self._header.notes:
            progress.note(note)
        # Only what is asked for is read, and so the columns count anew.
        needed = sorted(self._header.fields.values())
        header = replace(
            self._header,
            fields={name: needed.index(column) for name, column in self._header.fields.items()},
        )
        names = [self._names[column] for column in needed]
        try:
            with pq.ParquetFile(self._path) as file:
                batches = file.iter_batches(CHUNK_ROWS, columns=names)
                for chunk in chunks_of((batch.select(names) for batch in batches), header):
                    progress.position = chunk.rows[-1]
                    yield chunk
        except (pa.ArrowException, OSError) as error:
            raise FeedError(f"{self._path}: damaged: {error}") from error

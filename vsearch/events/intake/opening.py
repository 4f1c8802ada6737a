"""From a path to a file of events that can be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from vsearch.catalog.feeds.delimited import DelimitedFile
from vsearch.catalog.feeds.progress import Progress
from vsearch.catalog.feeds.recognise import read_head
from vsearch.catalog.feeds.text_lines import start_of_text
from vsearch.errors import FeedError
from vsearch.events.intake.chunk import RawChunk
from vsearch.events.intake.json_file import JsonFile
from vsearch.events.intake.options import IntakeOptions
from vsearch.events.intake.text_file import TextFile

FORMATS = ("csv", "tsv", "jsonl", "parquet")


class EventFile(Protocol):
    """A file of events, ready to be read."""

    size: int
    """How much there is to read, in ``unit``."""
    unit: str

    def chunks(self, progress: Progress) -> Iterator[RawChunk]:
        """Yield the rows, some at a time; ``progress.position`` goes up to ``size``.

        Raises:
            FeedError: the file as a whole can't be read.
        """


def open_events(path: Path, options: IntakeOptions) -> EventFile:
    """Recognise a file by its content and make it ready to be read.

    Raises:
        FeedError: there is no such file, it is of no known format, or a column is missing.
    """
    head = read_head(path)
    chosen = options.format or _recognised(path, head, options.encoding)
    if chosen not in FORMATS:
        raise FeedError(f'{path}: no format is called "{chosen}"; there are {", ".join(FORMATS)}')
    if chosen == "parquet":
        # pyarrow takes longer to import than a small file to read.
        from vsearch.events.intake.parquet_file import ParquetFile

        return ParquetFile(path, options)
    if chosen == "jsonl":
        return JsonFile(path, options)
    delimiter = "\t" if chosen == "tsv" else None
    return TextFile(DelimitedFile(path, options.encoding, delimiter), options)


def _recognised(path: Path, head: bytes, encoding: str | None) -> str:
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"\x1f\x8b"):
        raise FeedError(f"{path}: compressed with gzip; unpack it")
    if head.startswith(b"PK\x03\x04"):
        raise FeedError(f"{path}: a ZIP archive or an Excel workbook; save or unpack it as CSV")
    start = start_of_text(path, head, encoding)
    if start.startswith("["):
        raise FeedError(
            f"{path}: JSON over several lines; write one JSON object a line (JSON Lines)"
        )
    # A day without any event is an empty file.
    is_empty_jsonl = not start and path.suffix.lower() in (".jsonl", ".ndjson")
    return "jsonl" if is_empty_jsonl or start.startswith("{") else "csv"

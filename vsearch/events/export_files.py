"""Events as files, in the columns that they are read by: CSV, JSONL and Parquet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from vsearch.durable import write_atomically
from vsearch.events.columns import EventColumns
from vsearch.storage import storage_errors

#: What a file of events may be called.
FORMATS = ("csv", "jsonl", "parquet")

_Write = Callable[[BinaryIO, Iterable[EventColumns]], int]


def write_events(target: Path | BinaryIO, events: Iterable[EventColumns], file_format: str) -> int:
    """Write events; return how many. An older file stays until the new one is whole.

    Args:
        target: where to.
        events: some at a time.
        file_format: one of ``FORMATS``.

    Raises:
        StorageError: the disk is full or can't be written.
    """
    write = _WRITERS[file_format]
    if not isinstance(target, Path):
        return write(target, events)
    written = 0

    def fill(file: BinaryIO) -> None:
        nonlocal written
        written = write(file, events)

    with storage_errors(target):
        write_atomically(target, fill)
    return written


def _write_jsonl(file: BinaryIO, events: Iterable[EventColumns]) -> int:
    written = 0
    for columns in events:
        lines = []
        for kind, sku, at, user, session, query, position, quantity in zip(
            columns.kinds,
            columns.skus,
            columns.at.tolist(),
            columns.user_ids,
            columns.session_ids,
            columns.query_ids,
            columns.positions.tolist(),
            columns.quantities.tolist(),
            strict=True,
        ):
            told = {
                "kind": kind,
                "sku": sku,
                "at": f"{at.isoformat()}Z",
                "user_id": user,
                "session_id": session,
                "query_id": query,
                "position": position,
                "quantity": quantity,
            }
            # What is empty is left out; so is the number that stands for none.
            record = {name: value for name, value in told.items() if value}
            lines.append(json.dumps(record, ensure_ascii=False))
        file.write("".join(f"{line}\n" for line in lines).encode())
        written += len(columns)
    return written


def _write_csv(file: BinaryIO, events: Iterable[EventColumns]) -> int:
    from pyarrow import csv

    from vsearch.events.record_batch import SCHEMA, record_batch

    written = 0
    with csv.CSVWriter(file, SCHEMA) as writer:
        for columns in events:
            writer.write_batch(record_batch(columns))
            written += len(columns)
    return written


def _write_parquet(file: BinaryIO, events: Iterable[EventColumns]) -> int:
    from pyarrow import parquet

    from vsearch.events.record_batch import SCHEMA, record_batch

    written = 0
    with parquet.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
        for columns in events:
            writer.write_batch(record_batch(columns))
            written += len(columns)
    return written


_WRITERS: dict[str, _Write] = {
    "csv": _write_csv,
    "jsonl": _write_jsonl,
    "parquet": _write_parquet,
}

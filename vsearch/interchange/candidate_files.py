"""Candidates as files: Parquet with a row for each, JSONL with a line for each shopper."""

from __future__ import annotations

import json
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from vsearch.durable import write_atomically
from vsearch.interchange.candidates import Candidates
from vsearch.storage import storage_errors
from vsearch.told_format import told_format

FORMATS = ("parquet", "jsonl", "csv")


def write_candidates(path: Path, candidates: Candidates, form: str | None = None) -> int:
    """Find candidates and write them, whole or not at all; return how many there are.

    CSV has no lists: ``because`` is one text there, its SKUs parted by ``|``.

    Args:
        path: where to; an older file stays until the new one is whole.
        candidates: what to write.
        form: one of ``FORMATS``; by the file's name where None.

    Raises:
        QueryError: the name tells no format.
        FilterError: the filter can't be read.
        StorageError: the disk is full or can't be written.
    """
    write = _WRITERS[form or told_format(path.name, FORMATS)]
    written = 0

    def fill(file: BinaryIO) -> None:
        nonlocal written
        written = write(file, candidates)

    with storage_errors(path):
        write_atomically(path, fill)
    return written


def write_candidate_lines(file: BinaryIO, candidates: Candidates) -> int:
    """Write one JSON object a line, for each shopper; return how many candidates they have."""
    written = 0
    for one in candidates:
        told = {
            candidates.kind.column: one.shopper,
            "candidates": [
                {
                    "sku": hit.hit.sku,
                    "score": round(hit.hit.score, 7),
                    "basis": hit.basis.value,
                    "because": list(hit.because),
                }
                for hit in one.hits
            ],
        }
        file.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")
        written += len(one.hits)
    return written


def _write_parquet(file: BinaryIO, candidates: Candidates) -> int:
    written = 0
    with parquet.ParquetWriter(file, candidates.schema, compression="zstd") as writer:
        for batch in candidates.batches():
            writer.write_batch(batch)
            written += len(batch)
    return written


def _write_csv(file: BinaryIO, candidates: Candidates) -> int:
    written = 0
    place = candidates.schema.get_field_index("because")
    schema = candidates.schema.set(place, pa.field("because", pa.string()))
    with csv.CSVWriter(file, schema) as writer:
        for batch in candidates.batches():
            joined = pc.binary_join(batch.column(place), "|")
            columns = [*batch.columns[:place], joined, *batch.columns[place + 1 :]]
            writer.write_batch(pa.record_batch(columns, schema=schema))
            written += len(batch)
    return written


_WRITERS = {"parquet": _write_parquet, "jsonl": write_candidate_lines, "csv": _write_csv}

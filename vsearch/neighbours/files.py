"""Neighbours as files: Parquet and CSV with a row for each, JSONL with a line for each product."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from vsearch.durable import whole_file
from vsearch.neighbours.columns import SCHEMA
from vsearch.neighbours.neighbours import Neighbours
from vsearch.storage import storage_errors
from vsearch.told_format import told_format

FORMATS = ("parquet", "jsonl", "csv")

#: Rows of a Parquet file that are written together.
_ROW_GROUP = 2**20


def write_neighbours(path: Path, neighbours: Neighbours, form: str | None = None) -> None:
    """Write all neighbours, whole or not at all.

    Args:
        path: where to.
        neighbours: what to write.
        form: one of ``FORMATS``; by the file's name where None.

    Raises:
        QueryError: the name tells no format.
        StorageError: the disk is full or can't be written.
    """
    form = form or told_format(path.name, FORMATS)
    with storage_errors(path), whole_file(path) as partial:
        match form:
            case "parquet":
                _write_parquet(partial, neighbours)
            case "csv":
                _write_csv(partial, neighbours)
            case _:
                with partial.open("w", encoding="utf-8") as file:
                    write_lines(file, neighbours)


def write_lines(file: TextIO | None, neighbours: Neighbours) -> None:
    """Write one JSON object a line, for each product; to stdout where there is no file."""
    out = sys.stdout if file is None else file
    for sku, names, scores in neighbours.lists():
        # Seven digits are all that float32 has.
        near = [
            {"sku": name, "score": round(score, 7)}
            for name, score in zip(names, scores, strict=True)
        ]
        out.write(json.dumps({"sku": sku, "neighbours": near}, ensure_ascii=False) + "\n")


def _write_parquet(path: Path, neighbours: Neighbours) -> None:
    with pa.parquet.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for batch in neighbours.batches():
            writer.write_batch(batch, row_group_size=_ROW_GROUP)


def _write_csv(path: Path, neighbours: Neighbours) -> None:
    with pa.csv.CSVWriter(path, SCHEMA) as writer:
        for batch in neighbours.batches():
            writer.write_batch(batch)

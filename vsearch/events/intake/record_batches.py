"""Events as Arrow has them: Parquet files, and whatever hands over an Arrow stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from vsearch.events.intake.chunk import CHUNK_ROWS, RawChunk
from vsearch.events.intake.header import Header


def chunks_of(batches: Iterable[pa.RecordBatch], header: Header) -> Iterator[RawChunk]:
    """Yield the rows of record batches, some at a time; the first row is 1."""
    first = 1
    for whole in batches:
        for start in range(0, whole.num_rows, CHUNK_ROWS):
            batch = whole.slice(start, CHUNK_ROWS)
            cells = {name: _cells(batch.column(column)) for name, column in header.fields.items()}
            if header.kind is not None:
                cells["kind"] = [header.kind.value] * batch.num_rows
            yield RawChunk(range(first, first + batch.num_rows), cells)
            first += batch.num_rows


def _cells(column: pa.Array) -> list[object]:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type):
        # Python knows no nanoseconds, and no time zone database is to be asked for each cell.
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
        if column.type.tz is not None:
            column = column.cast(pa.timestamp("us", "UTC"))
    elif pa.types.is_floating(column.type):
        # NaN is how data frames write a missing number.
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    try:
        cells: list[object] = column.to_pylist()
    except (OverflowError, ValueError):
        # Days and moments beyond Python's years, which only their rows are to pay for.
        cells = [_cell(one) for one in column]
    return cells


def _cell(scalar: pa.Scalar) -> object:
    try:
        return scalar.as_py()
    except (OverflowError, ValueError) as error:
        return f"{scalar.type} {error}"

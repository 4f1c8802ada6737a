"""Parquet feeds of the documented columns, read a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from vsearch.catalog.feeds.assemble import assemble, raw_row
from vsearch.catalog.feeds.columns import require
from vsearch.catalog.feeds.fields.fault import FieldFault
from vsearch.catalog.feeds.interface import FeedItem, Listed, Rejection
from vsearch.catalog.feeds.product_columns import PRODUCT_COLUMNS
from vsearch.catalog.feeds.progress import Progress
from vsearch.errors import FeedError

_BATCH_ROWS = 2048


class ParquetReader:
    """Reads one product a row; columns of bytes are left out.

    Raises:
        FeedError: not a Parquet file, no column holds the SKU, or ``mapping`` names what
            isn't there.
    """

    def __init__(self, path: Path, root: Path, mapping: Mapping[str, str]) -> None:
        self._path = path
        self._root = root
        try:
            with pq.ParquetFile(path) as file:
                self.size: int = file.metadata.num_rows
                schema: pa.Schema = file.schema_arrow
        except (pa.ArrowException, OSError) as error:
            raise FeedError(f"{path}: not a Parquet file that can be read: {error}") from error
        binary = [column.name for column in schema if _is_binary(column.type)]
        self._left_out = tuple(binary)
        columns = [column.name for column in schema if not _is_binary(column.type)]
        self._layout = PRODUCT_COLUMNS.lay_out(columns, mapping, path, strict=True)
        require(self._layout, "sku", path)

    def items(self, progress: Progress) -> Iterator[FeedItem]:
        """Yield a ``Listed`` or a ``Rejection`` for every row, the first being 1."""
        if self._left_out:
            progress.note(f"columns of bytes are left out: {', '.join(self._left_out)}")
        layout, root = self._layout, self._root
        for number, cells in enumerate(self._rows(), start=1):
            progress.position = number
            try:
                product = assemble(layout, cells, root)
            except FieldFault as fault:
                yield Rejection(
                    number, fault.field, fault.problem, raw_row(layout.columns, cells), fault.sku
                )
                continue
            yield Listed(number, product)

    def _rows(self) -> Iterator[Sequence[object]]:
        try:
            with pq.ParquetFile(self._path) as file:
                batches = file.iter_batches(_BATCH_ROWS, columns=list(self._layout.columns))
                for batch in batches:
                    yield from zip(*(_cells(column) for column in batch.columns), strict=True)
        except (pa.ArrowException, OSError) as error:
            raise FeedError(f"{self._path}: damaged: {error}") from error


def _cells(column: pa.Array) -> list[object]:
    if pa.types.is_map(column.type):
        return [None if pairs is None else dict(pairs) for pairs in column.to_pylist()]
    cells: list[object] = column.to_pylist()
    if pa.types.is_floating(column.type):
        # NaN is how data frames write a missing number.
        return [None if cell != cell else cell for cell in cells]
    return cells


def _is_binary(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )

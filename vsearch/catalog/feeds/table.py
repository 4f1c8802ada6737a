"""CSV and TSV feeds of the documented columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from vsearch.catalog.feeds.assemble import assemble, raw_row
from vsearch.catalog.feeds.columns import require
from vsearch.catalog.feeds.delimited import DelimitedFile
from vsearch.catalog.feeds.fields.fault import FieldFault
from vsearch.catalog.feeds.interface import FeedItem, Listed, Rejection
from vsearch.catalog.feeds.product_columns import PRODUCT_COLUMNS
from vsearch.catalog.feeds.progress import Progress


class TableReader:
    """Reads one product a row.

    Raises:
        FeedError: no column holds the SKU, or ``mapping`` names what isn't there.
    """

    def __init__(self, file: DelimitedFile, root: Path, mapping: Mapping[str, str]) -> None:
        self._file = file
        self._root = root
        self._layout = PRODUCT_COLUMNS.lay_out(file.columns, mapping, file.path, strict=True)
        require(self._layout, "sku", file.path)

    def items(self, progress: Progress) -> Iterator[FeedItem]:
        """Yield a ``Listed`` or a ``Rejection`` for every row."""
        layout, root = self._layout, self._root
        for row in self._file.rows(progress):
            if isinstance(row, Rejection):
                yield row
                continue
            try:
                product = assemble(layout, row.cells, root)
            except FieldFault as fault:
                raw = raw_row(layout.columns, row.cells)
                yield Rejection(row.number, fault.field, fault.problem, raw, fault.sku)
                continue
            yield Listed(row.number, product)

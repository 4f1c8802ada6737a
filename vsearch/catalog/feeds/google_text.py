"""Google Merchant product feeds as tab-separated (or other delimited) text."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from vsearch.catalog.feeds.assemble import raw_row
from vsearch.catalog.feeds.columns import folded, require
from vsearch.catalog.feeds.delimited import DelimitedFile
from vsearch.catalog.feeds.fields.fault import FieldFault
from vsearch.catalog.feeds.google import GOOGLE_COLUMNS, detail_of_text, google_product
from vsearch.catalog.feeds.interface import FeedItem, Listed, Rejection
from vsearch.catalog.feeds.progress import Progress
from vsearch.catalog.product import Product


class GoogleTextReader:
    """Reads one product a row.

    Raises:
        FeedError: there is no id column, or ``mapping`` names what isn't there.
    """

    def __init__(self, file: DelimitedFile, root: Path, mapping: Mapping[str, str]) -> None:
        self._file = file
        self._root = root
        self._layout = GOOGLE_COLUMNS.lay_out(file.columns, mapping, file.path, strict=True)
        require(self._layout, "id", file.path)
        self._attributes = tuple(
            (folded(name).removeprefix("g:"), index) for name, index in self._layout.attributes
        )

    def items(self, progress: Progress) -> Iterator[FeedItem]:
        """Yield a ``Listed`` or a ``Rejection`` for every row."""
        for row in self._file.rows(progress):
            if isinstance(row, Rejection):
                yield row
                continue
            try:
                product = self._product(row.cells)
            except FieldFault as fault:
                raw = raw_row(self._layout.columns, row.cells)
                yield Rejection(row.number, fault.field, fault.problem, raw, fault.sku)
                continue
            yield Listed(row.number, product)

    def _product(self, cells: list[str]) -> Product:
        layout = self._layout
        many = {name: [cells[index] for index in where] for name, where in layout.many.items()}
        # One cell may hold several product types: "A > B, C > D".
        many["product_type"] = [
            part for cell in many.get("product_type", ()) for part in _comma_separated(cell)
        ]
        details = [
            detail
            for cell in many.get("product_detail", ())
            for part in _comma_separated(cell)
            if (detail := detail_of_text(part))
        ]
        return google_product(
            {name: cells[index] for name, index in layout.fields},
            many,
            [(name, cells[index]) for name, index in self._attributes],
            details,
            self._root,
        )


def _comma_separated(cell: str) -> list[str]:
    """Split a cell at commas outside quotes, as Google reads repeated values."""
    if "," not in cell:
        return [cell]
    try:
        return next(csv.reader([cell], skipinitialspace=True), [])
    except csv.Error:
        return [cell]

"""Shopify product exports: the rows of one handle become one product a variant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from vsearch.catalog.feeds.assemble import raw_row
from vsearch.catalog.feeds.columns import attribute_name, require
from vsearch.catalog.feeds.delimited import DelimitedFile, Row
from vsearch.catalog.feeds.fields.fault import FieldFault
from vsearch.catalog.feeds.interface import FeedItem, Rejection
from vsearch.catalog.feeds.progress import Progress
from vsearch.catalog.feeds.shopify_columns import SHOPIFY_COLUMNS
from vsearch.catalog.feeds.shopify_product import ShopifyRow, read_group

#: Shopify allows 2,048 variants and 250 pictures a product.
MAX_GROUP_ROWS = 5000

_METAFIELD = re.compile(r"(.+?)\s*\(product\.metafields\.[^)]*\)", re.IGNORECASE)
_NOT_SLUG = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class _Keyed:
    handle: str
    row: ShopifyRow


@dataclass(frozen=True, slots=True)
class _Unusable:
    handle: str
    rejection: Rejection


class ShopifyReader:
    """Reads one product a variant; each has the handle as its item group.

    Columns are taken from Shopify's list; of all others only metafields and those that
    ``mapping`` makes ``attr.NAME`` become attributes.

    Raises:
        FeedError: there is neither a handle nor a title column, or ``mapping`` names what
            isn't there.
    """

    def __init__(self, file: DelimitedFile, root: Path, mapping: Mapping[str, str]) -> None:
        self._file = file
        self._root = root
        layout = SHOPIFY_COLUMNS.lay_out(file.columns, mapping, file.path, strict=True)
        if not layout.has("title"):
            require(layout, "handle", file.path)
        mapped = {target for target in map(attribute_name, mapping.values()) if target}
        attributes = []
        for name, index in layout.attributes:
            metafield = _METAFIELD.fullmatch(name)
            if metafield or name in mapped:
                attributes.append((metafield[1].lower() if metafield else name, index))
        self._layout = layout
        self._attributes = tuple(attributes)

    def items(self, progress: Progress) -> Iterator[FeedItem]:
        """Yield the variants of each handle, and a ``Rejection`` for every row not used."""
        for _, group in groupby(self._keyed(progress), key=lambda item: item.handle):
            # A rejected row carries the handle before it, so that it doesn't split a group.
            rows: list[ShopifyRow] = []
            for item in group:
                if isinstance(item, _Keyed):
                    if len(rows) < MAX_GROUP_ROWS:
                        rows.append(item.row)
                    else:
                        problem = f"more than {MAX_GROUP_ROWS} rows have this handle"
                        yield self._rejection(item.row, FieldFault("handle", problem))
                else:
                    yield item.rejection
            yield from read_group(rows, self._root, self._rejection, progress)

    def _keyed(self, progress: Progress) -> Iterator[_Keyed | _Unusable]:
        handle = ""
        for row in self._file.rows(progress):
            if isinstance(row, Rejection):
                yield _Unusable(handle, row)
                continue
            read = self._row(row)
            own = read.text("handle") or _slug(read.text("title"))
            if own:
                handle = own
                yield _Keyed(handle, read)
            else:
                fault = FieldFault("handle", "it is empty, and so is the title")
                yield _Unusable(handle, self._rejection(read, fault))

    def _row(self, row: Row) -> ShopifyRow:
        return ShopifyRow(
            row.number,
            {name: row.cells[index].strip() for name, index in self._layout.fields},
            tuple((name, row.cells[index]) for name, index in self._attributes),
            row.cells,
        )

    def _rejection(self, row: ShopifyRow, fault: FieldFault) -> Rejection:
        raw = raw_row(self._layout.columns, row.cells)
        return Rejection(row.number, fault.field, fault.problem, raw, fault.sku)


def _slug(title: str) -> str:
    """The handle that Shopify makes of a title where the file gives none."""
    return _NOT_SLUG.sub("-", title.lower()).strip("-")

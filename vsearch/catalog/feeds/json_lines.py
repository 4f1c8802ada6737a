"""JSON Lines feeds: one product an object, or one change of a product."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

from vsearch.catalog.feeds.assemble import assemble, raw_json, raw_line
from vsearch.catalog.feeds.columns import Layout, folded
from vsearch.catalog.feeds.fields.fault import FieldFault, quoted
from vsearch.catalog.feeds.fields.text import parse_sku
from vsearch.catalog.feeds.interface import FeedItem, Listed, Rejection, Withdrawn
from vsearch.catalog.feeds.product_columns import PRODUCT_COLUMNS
from vsearch.catalog.feeds.progress import Progress
from vsearch.catalog.feeds.text_lines import RowTooLong, TextLines
from vsearch.catalog.product import Product

_LISTING = frozenset({"ADD", "UPDATE", "UPSERT", "REPLACE"})
_MAX_LAYOUTS = 1000


class JsonLinesReader:
    """Reads one product, or with ``changes`` one ``ADD`` or ``DELETE``, a line.

    A change line holds ``"operation"`` and the product's keys beside it, or under
    ``"product"``. UPDATE, UPSERT and REPLACE mean the same as ADD: the whole product.

    Raises:
        FeedError: ``mapping`` names a field that isn't there.
    """

    def __init__(
        self,
        path: Path,
        encoding: str | None,
        root: Path,
        mapping: Mapping[str, str],
        *,
        changes: bool,
    ) -> None:
        PRODUCT_COLUMNS.check_targets(mapping, path)
        self._path = path
        self._encoding = encoding
        self._root = root
        self._mapping = mapping
        self._changes = changes

    def items(self, progress: Progress) -> Iterator[FeedItem]:
        """Yield one item for every line that isn't blank."""
        layouts = _Layouts(self._mapping, self._path)
        with TextLines(self._path, self._encoding, progress) as lines:
            while True:
                number = lines.begin_row()
                try:
                    line = next(lines)
                except StopIteration:
                    break
                except RowTooLong:
                    problem = "it is longer than 1 Mi characters"
                    yield Rejection(number, "row", problem, raw_line(lines.row_text))
                    continue
                if not line.isspace():
                    yield self._item(number, line, layouts)
            lines.finish()
        for column in layouts.unused:
            progress.note(f'--map {column}={self._mapping[column]}: no line has "{column}"')

    def _item(self, number: int, line: str, layouts: _Layouts) -> FeedItem:
        try:
            decoded = json.loads(line, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            return Rejection(number, "row", f"not JSON: {error}", raw_line(line))
        if not isinstance(decoded, dict):
            kind = type(decoded).__name__
            problem = f"a JSON object is expected, not a {kind}; one object a line"
            return Rejection(number, "row", problem, raw_line(line))
        try:
            if self._changes:
                return self._change(number, decoded, layouts)
            return Listed(number, self._product(decoded, layouts))
        except FieldFault as fault:
            return Rejection(number, fault.field, fault.problem, raw_json(decoded), fault.sku)

    def _change(self, number: int, line: dict[str, object], layouts: _Layouts) -> FeedItem:
        operation = line.get("operation")
        product = line.get("product")
        if not isinstance(product, dict):
            product = {key: value for key, value in line.items() if key != "operation"}
        name = operation.strip().upper() if isinstance(operation, str) else ""
        if name == "DELETE":
            layout = layouts.with_sku(product)
            index = next(index for name, index in layout.fields if name == "sku")
            return Withdrawn(number, parse_sku(tuple(product.values())[index]))
        if name in _LISTING:
            return Listed(number, self._product(product, layouts))
        raise FieldFault("operation", f"{quoted(operation)} is neither ADD nor DELETE")

    def _product(self, keys: dict[str, object], layouts: _Layouts) -> Product:
        return assemble(layouts.with_sku(keys), tuple(keys.values()), self._root)


class _Layouts:
    """What the keys of an object mean; most objects of a feed have the same ones."""

    def __init__(self, mapping: Mapping[str, str], where: Path) -> None:
        self._mapping = mapping
        self._where = where
        self._known: dict[tuple[str, ...], Layout] = {}
        self.unused = dict.fromkeys(mapping)
        """The columns of ``mapping`` that no object has had so far."""

    def with_sku(self, keys: Mapping[str, object]) -> Layout:
        names = tuple(keys)
        layout = self._known.get(names)
        if layout is None:
            layout = self._new(names)
        if not layout.has("sku"):
            raise FieldFault("sku", "the line has no sku; name its key with --map KEY=sku")
        return layout

    def _new(self, names: tuple[str, ...]) -> Layout:
        if len(self._known) == _MAX_LAYOUTS:
            self._known.clear()
        layout = PRODUCT_COLUMNS.lay_out(names, self._mapping, self._where, strict=False)
        self._known[names] = layout
        if self.unused:
            there = {folded(name) for name in names}
            for column in [column for column in self.unused if folded(column) in there]:
                del self.unused[column]
        return layout


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")

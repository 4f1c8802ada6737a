"""WooCommerce product exports: variations become products that inherit from their parent."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from vsearch.catalog.feeds.assemble import raw_row
from vsearch.catalog.feeds.columns import attribute_name, require
from vsearch.catalog.feeds.delimited import DelimitedFile, Row
from vsearch.catalog.feeds.fields.fault import FieldFault, about
from vsearch.catalog.feeds.fields.text import parse_sku, parse_text
from vsearch.catalog.feeds.interface import FeedItem, Listed, Rejection, Withdrawn
from vsearch.catalog.feeds.progress import Progress
from vsearch.catalog.feeds.woocommerce_columns import WOOCOMMERCE_COLUMNS
from vsearch.catalog.feeds.woocommerce_product import woocommerce_product
from vsearch.catalog.product import Product

#: So many variable parents are remembered while their variations are awaited.
MAX_PARENTS = 10_000

_UNPUBLISHED = "products that aren't published in the shop are taken as withdrawn"
_ATTRIBUTE_NAME = re.compile(r"attribute (\d+) name", re.IGNORECASE)


@dataclass(slots=True)
class _Parent:
    row: int
    product: Product
    keys: tuple[str, ...]
    has_variations: bool = False


class WooCommerceReader:
    """Reads one product a row; a variable product stands for itself only without variations.

    The export puts a variable product before its variations, with others between them at
    times. So variable ones are held back: the variations that follow inherit from them what
    they lack, and those that had none by the end come last. Past ``MAX_PARENTS`` the oldest
    is let go, and what follows of its variations inherits nothing.

    Raises:
        FeedError: there is neither a SKU nor an ID column, no name, or ``mapping`` names
            what isn't there.
    """

    def __init__(self, file: DelimitedFile, root: Path, mapping: Mapping[str, str]) -> None:
        self._file = file
        self._root = root
        self._layout = WOOCOMMERCE_COLUMNS.lay_out(file.columns, mapping, file.path, strict=True)
        if not self._layout.has("id"):
            require(self._layout, "sku", file.path)
        require(self._layout, "title", file.path)
        self._pairs = _attribute_columns(file.columns)
        mapped = {target for target in map(attribute_name, mapping.values()) if target}
        self._extra = tuple(pair for pair in self._layout.attributes if pair[0] in mapped)

    def items(self, progress: Progress) -> Iterator[FeedItem]:
        """Yield one item a row, variable products without variations last."""
        parents: OrderedDict[int, _Parent] = OrderedDict()
        by_key: dict[str, _Parent] = {}
        for row in self._file.rows(progress):
            if isinstance(row, Rejection):
                yield row
                continue
            try:
                yield from self._row_items(row, parents, by_key, progress)
            except FieldFault as fault:
                raw = raw_row(self._layout.columns, row.cells)
                yield Rejection(row.number, fault.field, fault.problem, raw, fault.sku)
        for parent in parents.values():
            if not parent.has_variations:
                yield Listed(parent.row, parent.product)

    def _row_items(
        self,
        row: Row,
        parents: OrderedDict[int, _Parent],
        by_key: dict[str, _Parent],
        progress: Progress,
    ) -> Iterator[FeedItem]:
        values = {name: row.cells[index].strip() for name, index in self._layout.fields}
        number = values.get("id", "")
        by_number = f"id:{number}" if number else ""
        sku = parse_sku(values.get("sku") or by_number)
        kinds = {kind.strip().lower() for kind in values.get("type", "").split(",")}
        if values.get("published", "") in ("0", "-1"):
            progress.note(_UNPUBLISHED)
            yield Withdrawn(row.number, sku)
            return
        reference = parse_text(values.get("parent", ""), "parent")
        parent = by_key.get(reference) if "variation" in kinds else None
        with about(sku):
            product = woocommerce_product(
                sku,
                values,
                [row.cells[index] for index in self._layout.many.get("images", ())],
                self._attributes(row.cells),
                self._root,
            )
        if parent is not None:
            parent.has_variations = True
            product = _inherit(product, parent.product)
        elif "variation" in kinds:
            product = replace(product, item_group=reference)
        if "variable" not in kinds:
            yield Listed(row.number, product)
            return
        product = replace(product, item_group=sku)
        remembered = _Parent(row.number, product, tuple({sku, by_number} - {""}))
        parents[row.number] = remembered
        by_key.update(dict.fromkeys(remembered.keys, remembered))
        if len(parents) > MAX_PARENTS:
            _, oldest = parents.popitem(last=False)
            for key in oldest.keys:
                by_key.pop(key, None)
            if not oldest.has_variations:
                yield Listed(oldest.row, oldest.product)

    def _attributes(self, cells: list[str]) -> list[tuple[str, object]]:
        pairs: list[tuple[str, object]] = [(name, cells[index]) for name, index in self._extra]
        for name_at, value_at in self._pairs:
            name, value = cells[name_at].strip(), cells[value_at].strip()
            if name and value:
                several = [part.strip() for part in value.split(",")]
                pairs.append((name.lower(), several if len(several) > 1 else value))
        return pairs


def _attribute_columns(columns: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """(name column, value column) of every ``Attribute N name`` / ``Attribute N value(s)``."""
    folded = {name.lower(): index for index, name in enumerate(columns)}
    found = []
    for name, index in folded.items():
        match = _ATTRIBUTE_NAME.fullmatch(name)
        value = folded.get(f"attribute {match[1]} value(s)") if match else None
        if value is not None:
            found.append((index, value))
    return tuple(found)


def _inherit(variation: Product, parent: Product) -> Product:
    # What the parent offers (all colours) isn't what this one has: its own come last.
    attributes = {**parent.attributes, **variation.attributes}
    return replace(
        variation,
        title=variation.title or parent.title,
        description=variation.description or parent.description,
        brand=variation.brand or parent.brand,
        category=variation.category or parent.category,
        images=variation.images or parent.images,
        attributes=attributes,
        item_group=parent.sku,
    )

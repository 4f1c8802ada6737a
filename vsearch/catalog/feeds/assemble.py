"""A row's cells, laid out, become a product."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from vsearch.catalog.feeds.columns import Layout
from vsearch.catalog.feeds.fields.attributes import parse_attributes
from vsearch.catalog.feeds.fields.availability import parse_availability
from vsearch.catalog.feeds.fields.category import parse_category
from vsearch.catalog.feeds.fields.fault import FieldFault, about, quoted
from vsearch.catalog.feeds.fields.image_location import parse_images
from vsearch.catalog.feeds.fields.json_cell import json_object
from vsearch.catalog.feeds.fields.price import parse_price
from vsearch.catalog.feeds.fields.text import parse_page_url, parse_sku, parse_text
from vsearch.catalog.product import Product

_RAW_LIMIT = 65_536


def assemble(layout: Layout, cells: Sequence[object], root: Path) -> Product:
    """Parse every cell of a row of the documented columns.

    Args:
        layout: from ``PRODUCT_COLUMNS``.
        cells: as many as the layout has columns.
        root: the folder that image paths start from, absolute.

    Raises:
        FieldFault: the first cell that can't be used, in the order of the fields.
    """
    values = {name: cells[index] for name, index in layout.fields}
    get = values.get
    sku = parse_sku(get("sku"))
    with about(sku):
        price, currency = parse_price(get("price"), get("currency"))
        pairs: Iterable[tuple[str, object]] = [
            (name, cell) for name, index in layout.attributes if (cell := cells[index]) is not None
        ]
        given = get("attributes")
        if given:
            pairs = [*_given_attributes(given), *pairs]
        return Product(
            sku=sku,
            title=parse_text(get("title"), "title"),
            description=parse_text(get("description"), "description"),
            brand=parse_text(get("brand"), "brand"),
            category=parse_category(get("category")),
            price=price,
            currency=currency,
            availability=parse_availability(get("availability")),
            url=parse_page_url(get("url")),
            gtin=parse_text(get("gtin"), "gtin"),
            item_group=parse_text(get("item_group"), "item_group"),
            attributes=parse_attributes(pairs),
            images=parse_images([cells[index] for index in layout.many.get("images", ())], root),
        )


def raw_row(columns: Sequence[str], cells: Sequence[object]) -> str:
    """The row as a JSON object of its columns, for a ``Rejection``.

    Cells past the last column stand together under an empty name.
    """
    row: dict[str, object] = dict(zip(columns, cells, strict=False))
    if len(cells) > len(columns):
        row[""] = list(cells[len(columns) :])
    return raw_json(row)


def raw_json(row: object) -> str:
    """Any row as JSON; half surrogate pairs escaped, so that it can be written as UTF-8."""
    text = json.dumps(row, ensure_ascii=False, default=str)
    return text if text.isprintable() else json.dumps(row, default=str)


def raw_line(text: str) -> str:
    """A line that can't be taken apart, as ``{"line": …}``, cut to 64 Ki characters."""
    return raw_json({"line": text[:_RAW_LIMIT].rstrip("\r\n")})


def _given_attributes(given: object) -> Iterable[tuple[str, object]]:
    if isinstance(given, Mapping):
        return given.items()
    if isinstance(given, str):
        decoded = json_object(given.strip())
        if decoded is not None:
            return decoded.items()
    raise FieldFault("attributes", f"{quoted(given)} is not a JSON object")

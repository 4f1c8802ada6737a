"""One row of a WooCommerce export as a product."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from vsearch.catalog.feeds.fields.attributes import parse_attributes
from vsearch.catalog.feeds.fields.availability import parse_availability
from vsearch.catalog.feeds.fields.category import parse_category
from vsearch.catalog.feeds.fields.fault import FieldFault
from vsearch.catalog.feeds.fields.html_text import strip_html
from vsearch.catalog.feeds.fields.image_location import parse_images
from vsearch.catalog.feeds.fields.price import parse_price
from vsearch.catalog.feeds.fields.text import parse_page_url, parse_text
from vsearch.catalog.product import Availability, Product

# The exporter writes a comma within a value as \, .
_COMMA = re.compile(r"(?<!\\),")


def woocommerce_product(
    sku: str,
    values: Mapping[str, str],
    images: Sequence[str],
    attributes: Iterable[tuple[str, object]],
    root: Path,
) -> Product:
    """Build a product.

    Args:
        sku: already checked.
        values: column of ``WOOCOMMERCE_COLUMNS`` → trimmed text.
        images: the cells with addresses.
        attributes: (name, text or texts).
        root: the folder that image paths start from, absolute.

    Raises:
        FieldFault: the first value that can't be used.
    """
    get = values.get
    regular, currency = parse_price(get("regular_price"))
    try:
        sale, _ = parse_price(get("sale_price"), currency)
    except FieldFault as fault:
        raise FieldFault("sale_price", fault.problem) from None
    price = regular
    extra: list[tuple[str, object]] = [("tags", _parts(get("tags", "")))]
    if sale is not None and (regular is None or sale < regular):
        price = sale
        if regular is not None:
            extra.append(("regular_price", str(regular)))
    description = get("description") or get("short_description", "")
    return Product(
        sku=sku,
        title=strip_html(parse_text(get("title"), "title")),
        description=strip_html(parse_text(description.replace("\\n", "\n"), "description")),
        brand=parse_text(next(iter(_parts(get("brand", ""))), ""), "brand"),
        category=_category(get("category", "")),
        price=price,
        currency=currency,
        availability=_availability(values),
        url=parse_page_url(get("url")),
        gtin=parse_text(get("gtin"), "gtin"),
        attributes=parse_attributes([*attributes, *extra]),
        images=parse_images(images, root),
    )


def _parts(text: str) -> list[str]:
    parts = (part.replace("\\,", ",").strip() for part in _COMMA.split(text))
    return [part for part in parts if part]


def _category(text: str) -> tuple[str, ...]:
    """The longest of the paths, the first of the longest."""
    paths = [parse_category([step.strip() for step in path.split(">")]) for path in _parts(text)]
    return max(paths, key=len, default=())


def _availability(values: Mapping[str, str]) -> Availability | None:
    word = values.get("in_stock", "")
    stock = values.get("stock", "")
    if stock.lower() == "parent":  # counted together with its siblings
        stock = ""
    found = parse_availability(word) if word else parse_availability(stock)
    if found is Availability.OUT_OF_STOCK and _allows_backorders(values):
        return Availability.BACKORDER
    return found


def _allows_backorders(values: Mapping[str, str]) -> bool:
    return values.get("backorders", "").lower() in ("1", "yes", "notify", "true")

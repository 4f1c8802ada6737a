"""A product as a program hands it over, held to what feeds are held to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from vsearch.catalog.feeds.fields.attributes import parse_attributes
from vsearch.catalog.feeds.fields.availability import parse_availability
from vsearch.catalog.feeds.fields.category import parse_category
from vsearch.catalog.feeds.fields.fault import FieldFault, quoted
from vsearch.catalog.feeds.fields.price import parse_price
from vsearch.catalog.feeds.fields.text import parse_page_url, parse_sku, parse_text
from vsearch.catalog.product import AttributeValue, Product
from vsearch.catalog.schema import CATEGORY_SEPARATOR
from vsearch.errors import ProductRejected


def checked_product(product: Product) -> Product:
    """The product as it is kept: texts trimmed, control characters in them blanked.

    Its images are left out: where they are is decided when they are stored.

    Raises:
        ProductRejected: a field can't be what it is; the first one, in the order of the fields.
    """
    sku = ""
    try:
        sku = parse_sku(_text(product.sku, "sku"))
        return _checked(product, sku)
    except FieldFault as fault:
        raise ProductRejected(sku, fault.field, fault.problem) from fault


def _checked(product: Product, sku: str) -> Product:
    _check_price(product)
    price, currency = parse_price(product.price, product.currency)
    return Product(
        sku=sku,
        title=_parsed(product.title, "title"),
        description=_parsed(product.description, "description"),
        brand=_parsed(product.brand, "brand"),
        category=parse_category(tuple(_names(product.category))),
        price=price,
        currency=currency,
        availability=parse_availability(product.availability),
        url=parse_page_url(_text(product.url, "url")),
        gtin=_parsed(product.gtin, "gtin"),
        item_group=_parsed(product.item_group, "item_group"),
        attributes=_parsed_attributes(product.attributes),
    )


def _parsed(value: object, field: str) -> str:
    return parse_text(_text(value, field), field)


def _text(value: object, field: str) -> str:
    if isinstance(value, str):
        return value
    raise FieldFault(field, f"{quoted(value)} is not a text")


def _check_price(product: Product) -> None:
    # Feeds have prices as texts, "12,50 €" among them; a program says what it means.
    if product.price is not None and not isinstance(product.price, Decimal):
        raise FieldFault("price", f"{quoted(product.price)} is not a Decimal")
    if product.currency is not None:
        _text(product.currency, "currency")


def _names(category: object) -> Iterator[str]:
    if not isinstance(category, list | tuple):
        raise FieldFault("category", f"{quoted(category)} is not a list of names")
    for name in category:
        if CATEGORY_SEPARATOR in (text := _text(name, "category")):
            raise FieldFault(
                "category",
                f'{quoted(text)} holds "{CATEGORY_SEPARATOR}"; give the names as a list',
            )
        yield text


def _parsed_attributes(attributes: object) -> Mapping[str, AttributeValue]:
    try:
        return parse_attributes(_attributes(attributes))
    except FieldFault as fault:
        if fault.field.startswith("attributes"):
            raise
        # A feed's column is named as it is; here it is one of several.
        raise FieldFault(f"attributes.{fault.field}", fault.problem) from fault


def _attributes(attributes: object) -> Iterator[tuple[str, object]]:
    if not isinstance(attributes, Mapping):
        raise FieldFault("attributes", f"{quoted(attributes)} is not a mapping")
    for name, value in attributes.items():
        if isinstance(value, list | tuple):
            is_plain = all(isinstance(item, str) for item in value)
        else:
            is_plain = isinstance(value, str | int | float)
        if not is_plain:
            raise FieldFault(
                f"attributes.{name}",
                f"{quoted(value)} is neither a text, a number, true or false, nor a list of texts",
            )
        yield _text(name, "attributes"), value

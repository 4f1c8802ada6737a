"""What a catalogue holds, for an agent that has never seen it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib.resources import files

from pydantic import BaseModel, Field

from vsearch.catalog.filters.literals import in_quotes
from vsearch.catalog.product import AttributeValue, Product
from vsearch.mcp_server.catalogue import Glance

#: What fits into an agent's context beside everything else.
_MOST_VALUES = 20
_MOST_ATTRIBUTES = 20
_MOST_NAMED = 100

FILTER_LANGUAGE = files(__package__).joinpath("filter_language.md").read_text(encoding="utf-8")
"""How ``where`` is written, in Markdown."""

_BRIEFLY = (
    'category:shoes, brand = "Hill & Son", price < 50, price BETWEEN 10 AND 20, title:linen*,'
    " available, attr.colour = red; joined by AND, OR, NOT and parentheses. The resource"
    " vsearch://filter-language says it all."
)


class FieldValue(BaseModel):
    """A value, and how many of the products that were looked at have it."""

    value: str
    products: int


class CountedField(BaseModel):
    """A field that filters can name."""

    field: str = Field(description="as `where` names it")
    values: list[FieldValue] = Field(description="the commonest first")
    further: int = Field(description="how many more values there are")


class PriceRange(BaseModel):
    """What the products that were looked at cost."""

    lowest: str
    highest: str
    currencies: list[str]


class CatalogueDescription(BaseModel):
    """What the catalogue holds, and how to ask it."""

    products: int
    looked_at: int = Field(description="how many of them the values below are of")
    fields: list[CountedField]
    further_attributes: list[str] = Field(description="rarer attributes, by name alone")
    price: PriceRange | None
    has_confidence: bool = Field(description="whether found products carry a probability")
    takes_text: bool = Field(description="whether looks can be described in words")
    filters: str = Field(description="how `where` is written, briefly")


def describe(glance: Glance) -> CatalogueDescription:
    """Count what a catalogue's products have."""
    sample = glance.sample
    counts: dict[str, Counter[str]] = {
        "category": Counter(),
        "brand": Counter(),
        "availability": Counter(),
    }
    attributes: dict[str, Counter[str]] = {}
    for product in sample:
        counts["category"].update(_path(product.category, depth) for depth in _depths(product))
        counts["brand"].update([product.brand] if product.brand else [])
        counts["availability"].update([product.availability] if product.availability else [])
        for name, value in product.attributes.items():
            attributes.setdefault(_field(name), Counter()).update(_texts(value))
    commonest = sorted(attributes, key=lambda field: -attributes[field].total())
    counts |= {field: attributes[field] for field in commonest[:_MOST_ATTRIBUTES]}
    return CatalogueDescription(
        products=glance.products,
        looked_at=len(sample),
        fields=[_counted(field, values) for field, values in counts.items() if values],
        further_attributes=[
            field.removeprefix("attr.") for field in commonest[_MOST_ATTRIBUTES:][:_MOST_NAMED]
        ],
        price=_prices(sample),
        has_confidence=glance.has_confidence,
        takes_text=glance.takes_text,
        filters=_BRIEFLY,
    )


def told_description(description: CatalogueDescription) -> str:
    """A description in a few lines."""
    lines = [f"{description.products:,} products."]
    if description.price is not None:
        price = description.price
        lines.append(f"price: {price.lowest} to {price.highest} {' '.join(price.currencies)}")
    for field in description.fields:
        values = ", ".join(f"{one.value} ({one.products})" for one in field.values[:10])
        more = field.further + len(field.values[10:])
        lines.append(f"{field.field}: {values}" + (f" and {more} more" if more else ""))
    return "\n".join([*lines, f"Filters: {description.filters}"])


def _counted(field: str, values: Counter[str]) -> CountedField:
    commonest = sorted(values.items(), key=lambda one: (-one[1], one[0]))
    return CountedField(
        field=field,
        values=[FieldValue(value=value, products=n) for value, n in commonest[:_MOST_VALUES]],
        further=max(0, len(commonest) - _MOST_VALUES),
    )


def _field(attribute: str) -> str:
    return f"attr.{attribute if attribute.isidentifier() else in_quotes(attribute)}"


def _depths(product: Product) -> range:
    return range(1, len(product.category) + 1)


def _path(category: tuple[str, ...], depth: int) -> str:
    return " > ".join(category[:depth])


def _texts(value: AttributeValue) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return tuple(dict.fromkeys(value))
    return (str(value).lower() if isinstance(value, bool) else str(value),)


def _prices(products: Sequence[Product]) -> PriceRange | None:
    prices = [product.price for product in products if product.price is not None]
    if not prices:
        return None
    currencies = sorted({product.currency for product in products if product.currency})
    return PriceRange(lowest=str(min(prices)), highest=str(max(prices)), currencies=currencies)

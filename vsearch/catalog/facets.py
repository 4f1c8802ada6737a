"""How often which value occurs among some products: what a shop shows beside its results."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from vsearch.catalog import schema
from vsearch.catalog.attribute_names import known_attributes
from vsearch.catalog.facet_value import FacetValue
from vsearch.catalog.filters import parse_field
from vsearch.catalog.filters.attribute_lookup import attributes_meant
from vsearch.catalog.filters.faults import Fault
from vsearch.catalog.filters.fields import Kind, kind_of
from vsearch.catalog.filters.literals import number
from vsearch.catalog.filters.normal_form import written
from vsearch.catalog.filters.syntax import And, Below, Condition, Field, OneOf, Range
from vsearch.catalog.folding import fold
from vsearch.catalog.pages import paged
from vsearch.catalog.price_steps import price_steps
from vsearch.catalog.schema import CATEGORY_SEPARATOR

_PRICE_PARTS = 8

_products = schema.products.c


def facet_counts(
    connection: Connection, product_ids: Sequence[int], fields: Sequence[str], top: int = 20
) -> dict[str, list[FacetValue]]:
    """Count the values of fields among products.

    A product counts once for each of its values: for every level of its category, and for each
    text of an attribute that is a list. One without a value counts for none.

    Args:
        connection: to the catalogue.
        product_ids: a few thousand at most; their rows are read.
        fields: as filters name them: ``brand``, ``category``, ``price``, ``attr.colour``.
        top: how many values of a field at most.

    Returns:
        The values of each field, the most frequent first, then by value; prices in at most
        eight ranges, the cheapest first.

    Raises:
        FilterError: there is no such field or attribute, or it can't be counted (``added``).
    """
    return {name: _counted(connection, product_ids, name, top) for name in fields}


def _counted(
    connection: Connection, product_ids: Sequence[int], name: str, top: int
) -> list[FacetValue]:
    field = parse_field(name)
    try:
        if field.is_attribute:
            names = attributes_meant(known_attributes(connection), field)
            rows = _column(connection, product_ids, "attributes")
            found = ([row[name] for name in names if name in row] for row in rows)
            return _most_frequent((_of_attribute(field, values) for values in found), top)
        kind = kind_of(field)
        if kind is Kind.DAY:
            problem = f"the values of {field.name} can't be counted; count another field"
            raise Fault(0, field.width, problem)
    except Fault as fault:
        raise fault.within(name) from fault
    values = _column(connection, product_ids, field.name)
    if kind is Kind.PRICE:
        return _price_ranges(field, list(values), top)
    return _most_frequent(
        (_of_path(field, v) if kind is Kind.PATH else _of_text(field, v) for v in values if v), top
    )


def _column(connection: Connection, product_ids: Sequence[int], name: str) -> Iterator[Any]:
    """What a column holds for each product, without NULL."""
    for page in paged(product_ids):
        asked = select(_products[name]).where(_products.id.in_(page), _products[name].is_not(None))
        yield from connection.scalars(asked)


@dataclass(frozen=True, slots=True)
class _Value:
    key: Hashable
    """The same for all spellings of a value."""
    spelling: str
    condition: Condition


def _of_text(field: Field, text: str) -> list[_Value]:
    return [_Value(fold(text), text, OneOf(field, (text,)))]


def _of_path(field: Field, path: str) -> list[_Value]:
    levels = tuple(path.split(CATEGORY_SEPARATOR))
    ends = range(1, len(levels) + 1)
    return [
        _Value(fold(spelling), spelling, Below(field, levels[:end], from_top=True))
        for end in ends
        if (spelling := CATEGORY_SEPARATOR.join(levels[:end]))
    ]


def _of_attribute(field: Field, values: Iterable[Any]) -> list[_Value]:
    found: list[_Value] = []
    for value in values:
        for element in value if isinstance(value, list) else [value]:
            text = str(element).lower() if isinstance(element, bool) else str(element)
            as_number = number(text)
            if as_number is not None:
                shown = f"{as_number.normalize():f}"
                found.append(_Value(as_number, shown, OneOf(field, (as_number,))))
            elif text and isinstance(element, str | bool):
                found += _of_text(field, text)
            # What is left is a number of more digits than a filter can name.
    return found


def _most_frequent(products: Iterable[Sequence[_Value]], top: int) -> list[FacetValue]:
    spellings: dict[Hashable, Counter[str]] = defaultdict(Counter)
    conditions: dict[str, Condition] = {}
    for values in products:
        # Once for each product, in whatever spellings it has it.
        for value in {value.key: value for value in values}.values():
            spellings[value.key][value.spelling] += 1
            conditions[value.spelling] = value.condition
    counted = [
        (count.total(), min(count, key=lambda spelling: (-count[spelling], spelling)), key)
        for key, count in spellings.items()
    ]
    counted.sort(key=lambda one: (-one[0], not isinstance(one[2], Decimal), _order(one[2])))
    return [
        FacetValue(spelling, count, written(conditions[spelling]))
        for count, spelling, _ in counted[:top]
    ]


def _order(key: Hashable) -> tuple[Decimal, str]:
    return (key, "") if isinstance(key, Decimal) else (Decimal(0), str(key))


def _price_ranges(field: Field, prices: Sequence[Decimal], top: int) -> list[FacetValue]:
    if not prices or top < 1:
        return []
    cuts = price_steps(prices, min(top, _PRICE_PARTS))
    counts = Counter(bisect_right(cuts, price) for price in prices)
    return [_price_range(field, cuts, part, counts[part], prices[0]) for part in sorted(counts)]


def _price_range(
    field: Field, cuts: Sequence[Decimal], part: int, count: int, price: Decimal
) -> FacetValue:
    low = cuts[part - 1] if part else None
    high = cuts[part] if part < len(cuts) else None
    from_low, below_high = Range(field, low), Range(field, None, high, with_high=False)
    if low is not None and high is not None:
        return FacetValue(f"{low} to {high}", count, written(And((from_low, below_high))))
    if low is not None:
        return FacetValue(f"{low} and more", count, written(from_low))
    if high is not None:
        return FacetValue(f"under {high}", count, written(below_high))
    return FacetValue(f"{price}", count, written(OneOf(field, (price,))))

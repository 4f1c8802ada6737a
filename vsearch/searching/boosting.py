"""Applies a query's boosts to hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import isfinite

from sqlalchemy import Connection

from vsearch.catalog import product_store
from vsearch.catalog.attribute_names import known_attributes
from vsearch.catalog.filters import parse_field, parse_filter
from vsearch.catalog.filters.attribute_lookup import attributes_meant
from vsearch.catalog.filters.faults import Fault
from vsearch.catalog.filters.matching import product_ids_where
from vsearch.catalog.product import Product
from vsearch.searching.boost import Boost, Fresh, High, Holds
from vsearch.searching.result import Hit


def boosted(
    connection: Connection,
    hits: Sequence[Hit],
    boosts: Sequence[Boost],
    now: datetime | None = None,
) -> list[Hit]:
    """Order hits by score and boosts together.

    Args:
        connection: the catalogue.
        hits: in any order; equal sums keep it.
        boosts: what is added.
        now: what freshness counts from; the present where None.

    Raises:
        FilterError: a boost's filter can't be read, or no product has its attribute.
    """
    added = dict.fromkeys((hit.product_id for hit in hits), 0.0)
    for boost in boosts:
        for product_id, value in _values(connection, hits, boost, now).items():
            added[product_id] += boost.weight * value
    with_boost = [replace(hit, boost=added[hit.product_id]) for hit in hits]
    return sorted(with_boost, key=lambda hit: -(hit.score + hit.boost))


def most_added(boosts: Sequence[Boost]) -> float:
    """More than this no product can gain."""
    return sum(max(0.0, boost.weight) for boost in boosts)


def _values(
    connection: Connection, hits: Sequence[Hit], boost: Boost, now: datetime | None
) -> Mapping[int, float]:
    """Product ids with the value of a boost's term, 0 to 1; those left out have 0."""
    ids = [hit.product_id for hit in hits]
    match boost.term:
        case Holds(where):
            condition = parse_filter(where).condition(connection)
            return dict.fromkeys(product_ids_where(connection, condition, ids), 1.0)
        case High(field, half):
            names = _attributes(connection, field)
            numbers = {hit.product_id: _number(hit.product, names) for hit in hits}
            return {one: x / (x + half) for one, x in numbers.items() if x > 0}
        case Fresh(days):
            ages = product_store.ages_days(connection, ids, now or datetime.now(UTC))
            return {one: 0.5 ** (max(0.0, age) / days) for one, age in ages.items()}


def _attributes(connection: Connection, name: str) -> list[str]:
    """The attributes that a field's name means; none for the price."""
    field = parse_field(name)
    try:
        known = known_attributes(connection)
        return attributes_meant(known, field) if field.is_attribute else []
    except Fault as fault:
        raise fault.within(name) from fault


def _number(product: Product, attributes: Sequence[str]) -> float:
    """A product's price, or the first of its attributes, as a number; 0 where it is none."""
    given = product.attributes
    value = next((given[name] for name in attributes if name in given), None)
    number = value if attributes else product.price
    if number is None or isinstance(number, bool | tuple):
        return 0.0
    try:
        found = float(number)
    except (ValueError, OverflowError):
        return 0.0
    return found if isfinite(found) else 0.0

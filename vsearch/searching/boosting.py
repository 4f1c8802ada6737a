"""Applies a query's boosts to hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import Connection

from vsearch.catalog import product_store
from vsearch.catalog.filters import parse_filter
from vsearch.catalog.filters.matching import product_ids_where
from vsearch.catalog.product import Product
from vsearch.searching.boost import Boost, Fresh, High, Holds
from vsearch.searching.result import Hit

_ATTRIBUTE = "attr."


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
        FilterError: a boost's filter can't be read.
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
            numbers = {hit.product_id: _number(hit.product, field) for hit in hits}
            return {one: x / (x + half) for one, x in numbers.items() if x > 0}
        case Fresh(days):
            ages = product_store.ages_days(connection, ids, now or datetime.now(UTC))
            return {one: 0.5 ** (max(0.0, age) / days) for one, age in ages.items()}


def _number(product: Product, field: str) -> float:
    """A product's number; 0 where it has none."""
    value = (
        product.attributes.get(field.removeprefix(_ATTRIBUTE))
        if field.startswith(_ATTRIBUTE)
        else product.price
    )
    match value:
        case bool() | None | tuple():
            return 0.0
        case str():
            try:
                return float(value)
            except ValueError:
                return 0.0
        case int() | float() | Decimal():
            return float(value)

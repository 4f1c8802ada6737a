"""From a tree to a SQL expression; every value is a bound parameter, no text is ever joined in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, and_, false, literal, not_, or_, true

from vsearch.catalog import schema
from vsearch.catalog.attribute_names import known_attributes
from vsearch.catalog.column_types import Money
from vsearch.catalog.filters.attribute_conditions import Element, some_element
from vsearch.catalog.filters.attribute_lookup import attributes_meant
from vsearch.catalog.filters.fields import Kind, kind_of
from vsearch.catalog.filters.syntax import (
    And,
    Below,
    Condition,
    Empty,
    Field,
    Matches,
    Not,
    OneOf,
    Or,
    Range,
)
from vsearch.catalog.filters.text_conditions import is_like, is_one_of
from vsearch.catalog.schema import CATEGORY_SEPARATOR

_LAST_MIDNIGHT = datetime(9999, 12, 30, tzinfo=UTC)

_COLUMNS = {"added": "added_at", "updated": "updated_at"}


def condition_of(connection: Connection, tree: Condition) -> ColumnElement[bool]:
    """What rows of ``schema.products`` have to fulfil; never NULL.

    Raises:
        Fault: an attribute that no product has or had.
    """
    return _Compiler(connection).of(tree)


class _Compiler:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._attributes: list[str] | None = None

    def of(self, tree: Condition) -> ColumnElement[bool]:
        match tree:
            case And(parts):
                return and_(*map(self.of, parts))
            case Or(parts):
                return or_(*map(self.of, parts))
            case Not(part):
                return not_(self.of(part))
            case _ if tree.field.is_attribute:
                predicate = partial(self._of_element, tree)
                holds = some_element(self._dialect, self._names(tree.field), predicate)
                return not_(holds) if isinstance(tree, Empty) else holds
            case Empty(field):
                column = _column(field)
                return column.is_(None) if column.nullable else column == ""
            case _:
                column = _column(tree.field)
                holds = self._of_column(tree, column)
                # NULL is neither true nor false, and NOT NULL is NULL: a product without a
                # price would be neither cheap nor not cheap.
                return and_(column.is_not(None), holds) if column.nullable else holds

    def _of_column(
        self, tree: OneOf | Range | Matches | Below, column: ColumnElement[Any]
    ) -> ColumnElement[bool]:
        kind = kind_of(tree.field)
        match tree:
            case OneOf(field, values) if kind is Kind.DAY:
                days = [value for value in values if isinstance(value, date)]
                return or_(*(_in_days(column, Range(field, day, day)) for day in days))
            case OneOf(_, values) if kind in (Kind.PRICE, Kind.CHOICE):
                return column.in_(values)
            case OneOf(_, values):
                return is_one_of(self._dialect, column, map(_as_stored, values))
            case Range() if kind is Kind.DAY:
                return _in_days(column, tree)
            case Range():
                return _in_range(column, tree)
            case Matches(_, pieces):
                return is_like(self._dialect, column, pieces)
            case Below():
                return self._is_below(tree, column)

    def _is_below(self, tree: Below, column: ColumnElement[str]) -> ColumnElement[bool]:
        # Each level has a separator before and behind it: no level is taken for part of one.
        levels = literal(CATEGORY_SEPARATOR).concat(column).concat(CATEGORY_SEPARATOR)
        path = CATEGORY_SEPARATOR.join(tree.levels)
        start = "" if tree.open_start else CATEGORY_SEPARATOR
        end = "" if tree.open_end else CATEGORY_SEPARATOR
        pieces = (start + path + end, "") if tree.from_top else ("", start + path + end, "")
        return is_like(self._dialect, levels, pieces)

    def _of_element(
        self, tree: OneOf | Range | Matches | Below | Empty, element: Element
    ) -> ColumnElement[bool]:
        match tree:
            case OneOf(_, values):
                numbers = [float(value) for value in values if isinstance(value, Decimal)]
                texts = [value for value in values if isinstance(value, str)]
                is_number = element.number.in_(numbers) if numbers else false()
                return or_(is_number, is_one_of(self._dialect, element.text, texts))
            case Range():
                return _in_range(element.number, tree)
            case Matches(_, pieces):
                return is_like(self._dialect, element.text, pieces)
            case Empty():
                return or_(element.number.is_not(None), element.text != "")
            case Below():
                raise AssertionError("an attribute is no path")

    def _names(self, field: Field) -> Sequence[str]:
        if self._attributes is None:
            self._attributes = known_attributes(self._connection)
        return attributes_meant(self._attributes, field)


def _column(field: Field) -> Column[Any]:
    return schema.products.c[_COLUMNS.get(field.name, field.name)]


def _as_stored(value: object) -> str:
    return CATEGORY_SEPARATOR.join(value) if isinstance(value, tuple) else str(value)


def _in_range(column: ColumnElement[Any], tree: Range) -> ColumnElement[bool]:
    # SQLite binds no Decimal where the type of the column doesn't say how.
    low, high = (_bindable(column, limit) for limit in (tree.low, tree.high))
    limits = []
    if low is not None:
        limits.append(column >= low if tree.with_low else column > low)
    if high is not None:
        limits.append(column <= high if tree.with_high else column < high)
    return and_(true(), *limits)


def _bindable(column: ColumnElement[Any], limit: Decimal | date | None) -> object:
    if isinstance(limit, Decimal) and not isinstance(column.type, Money):
        return float(limit)
    return limit


def _in_days(column: ColumnElement[Any], tree: Range) -> ColumnElement[bool]:
    """From the first moment of a day to the last of another, in UTC."""
    limits = []
    if isinstance(tree.low, date):
        limits.append(column >= _midnight(tree.low, after=not tree.with_low))
    if isinstance(tree.high, date):
        limits.append(column < _midnight(tree.high, after=tree.with_high))
    return and_(true(), *limits)


def _midnight(day: date, *, after: bool) -> datetime:
    """The first moment of a day, or the first one after it."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return min(start, _LAST_MIDNIGHT) + timedelta(days=1) if after else start

"""SQL that looks into the attributes, a JSON object of texts, numbers, booleans and lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB

from vsearch.catalog import schema

# As ``literals.number`` has it, but for more digits: what a feed gives is compared as it is.
_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"
_LONGEST_TEXT = 40
_LONGEST_NUMBER = 300

_attributes = schema.products.c.attributes


@dataclass(frozen=True, slots=True)
class Element:
    """One value of an attribute; a list has several, anything else is one."""

    text: ColumnElement[str]
    """NULL for a number; a boolean is the text true or false."""
    number: ColumnElement[float]
    """Of a number, or of a text that looks like one; NULL for all else."""


Predicate = Callable[[Element], ColumnElement[bool]]


def some_element(dialect: str, names: Sequence[str], predicate: Predicate) -> ColumnElement[bool]:
    """Whether the predicate holds for a value of one of these attributes; true or false."""
    found = [
        _in_sqlite(name, predicate) if dialect == "sqlite" else _in_postgresql(name, predicate)
        for name in names
    ]
    return or_(false(), *found)


def _in_sqlite(name: str, predicate: Predicate) -> ColumnElement[bool]:
    # By the key and not by a path to it: in a path, SQLite before 3.45 knows no way to write a
    # name with a quotation mark.
    pairs = func.json_each(_attributes).table_valued("key", "value", "type", name="pairs")
    is_list = pairs.c.type == "array"
    # json_each would fail at a text that is no JSON, and SQL promises no order.
    items = func.json_each(case((is_list, pairs.c.value), else_="[]")).table_valued(
        "value", "type", name="items"
    )
    in_list = exists(select(literal(1)).select_from(items).where(predicate(_sqlite_element(items))))
    holds = case((is_list, in_list), else_=predicate(_sqlite_element(pairs)))
    return exists(select(literal(1)).select_from(pairs).where(pairs.c.key == name, holds))


def _sqlite_element(row: Any) -> Element:
    kind, value = row.c.type, row.c.value
    text = case((kind == "text", value), (kind.in_(["true", "false"]), kind))
    # JSON's numbers are ours, but for exponents.
    is_number = and_(
        func.length(value) <= _LONGEST_TEXT,
        ~value.op("GLOB")("*[^0-9.-]*"),
        func.json_valid(value) == 1,
    )
    number = case(
        (kind.in_(["integer", "real"]), value),
        (and_(kind == "text", is_number), cast(value, Double)),
    )
    return Element(type_coerce(text, Text()), type_coerce(number, Double()))


def _in_postgresql(name: str, predicate: Predicate) -> ColumnElement[bool]:
    value = _attributes.op("->", return_type=JSONB())(literal(name, Text))
    items = func.jsonb_array_elements(
        case(
            (func.jsonb_typeof(value) == "array", value),
            else_=func.jsonb_build_array(value),
        ),
        type_=JSONB,
    ).table_valued("value", name="items")
    item = items.c.value
    kind = func.jsonb_typeof(item)
    raw: ColumnElement[str] = item.op("#>>", return_type=Text())(literal_column("'{}'"))
    text = case((kind.in_(["string", "boolean"]), raw))
    # Each cast is inside of the CASE that has looked at the text first: it can't fail.
    number = case(
        (and_(kind == "number", func.length(raw) <= _LONGEST_NUMBER), cast(raw, Double)),
        (
            and_(kind == "string", func.length(raw) <= _LONGEST_TEXT, raw.op("~")(_NUMBER)),
            cast(raw, Double),
        ),
    )
    element = Element(text, number)
    return exists(select(literal(1)).select_from(items).where(predicate(element)))

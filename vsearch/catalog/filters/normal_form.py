"""A tree as text again: the one way to write what it says."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from vsearch.catalog.filters.literals import in_quotes
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
    Value,
)

_PLAIN_NAME = re.compile(r"[^\W\d]\w*")


def written(condition: Condition) -> str:
    """The text that parses to this tree."""
    match condition:
        case And(parts):
            return " AND ".join(
                f"({written(p)})" if isinstance(p, Or) else written(p) for p in parts
            )
        case Or(parts):
            return " OR ".join(map(written, parts))
        case Not(part):
            return (
                f"NOT ({written(part)})" if isinstance(part, And | Or) else f"NOT {written(part)}"
            )
        case OneOf(field, (only,)):
            return f"{_name(field)} = {_value(only)}"
        case OneOf(field, values):
            return f"{_name(field)} IN ({', '.join(map(_value, values))})"
        case Matches(field, pieces):
            pattern = "*".join(in_quotes(piece, "*")[1:-1] for piece in pieces)
            return f'{_name(field)}:"{pattern}"'
        case Empty(field):
            return f"{_name(field)} IS EMPTY"
        case Range():
            return _range(condition)
        case Below():
            return _below(condition)


def _range(condition: Range) -> str:
    name, low, high = _name(condition.field), condition.low, condition.high
    if low is not None and high is not None:
        return f"{name} BETWEEN {_value(low)} AND {_value(high)}"
    if low is not None:
        return f"{name} {'>=' if condition.with_low else '>'} {_value(low)}"
    assert high is not None
    return f"{name} {'<=' if condition.with_high else '<'} {_value(high)}"


def _below(condition: Below) -> str:
    path = " > ".join(_level(level) for level in condition.levels)
    start, end = "*" * condition.open_start, "*" * condition.open_end
    start = "/" if condition.from_top else start
    return f'{_name(condition.field)}:"{start}{path}{end}"'


def _level(level: str) -> str:
    return in_quotes(level, "*/>")[1:-1]


def _name(field: Field) -> str:
    if not field.is_attribute:
        return field.name
    return f"attr.{field.name if _PLAIN_NAME.fullmatch(field.name) else in_quotes(field.name)}"


def _value(value: Value) -> str:
    match value:
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case tuple():
            return f'"{" > ".join(map(_level, value))}"'
        case str():
            return in_quotes(value)

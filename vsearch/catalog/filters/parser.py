"""From the text of a filter to its tree; the one module that needs ``lark``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from vsearch.catalog.filters import literals, values
from vsearch.catalog.filters.complaints import unexpected
from vsearch.catalog.filters.faults import Fault, shown
from vsearch.catalog.filters.fields import known_field
from vsearch.catalog.filters.literals import Literal
from vsearch.catalog.filters.syntax import (
    And,
    Condition,
    Empty,
    Field,
    Not,
    OneOf,
    Or,
    Range,
)
from vsearch.catalog.product import Availability

MAX_LENGTH = 10_000
MAX_NESTING = 50
MAX_VALUES = 1_000
MAX_CONDITIONS = 200

# Neither database takes a NUL, half a surrogate pair is no text, and the other control
# characters come from a paste that went wrong.
_UNUSABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


def parse(text: str) -> Condition:
    """The tree of a filter.

    Raises:
        Fault: it can't be understood.
    """
    part = _read(text, "start")
    assert isinstance(part, _Part)
    return part.condition


def parse_field(text: str) -> Field:
    """A field or attribute alone, as it stands in a filter.

    Raises:
        Fault: it can't be understood.
    """
    field = _read(text, "field")
    assert isinstance(field, Field)
    return field


def _read(text: str, start: str) -> object:
    if len(text) > MAX_LENGTH:
        problem = f"a filter has at most {MAX_LENGTH:,} characters, this one {len(text):,}"
        raise Fault(MAX_LENGTH, 1, f"{problem}; shorten it")
    unusable = _UNUSABLE.search(text)
    if unusable:
        code = f"U+{ord(unusable.group()):04X}"
        raise Fault(unusable.start(), 1, f"the character {code} can't stand here; remove it")
    if not text.strip():
        raise Fault(0, 1, "the filter is empty; write it like brand = Acme AND price < 50")
    try:
        return _parser().parse(text, start)
    except UnexpectedInput as error:
        raise _fault(text, error) from error


@dataclass(frozen=True, slots=True)
class _Part:
    condition: Condition
    depth: int
    """How many parentheses and NOTs are around its innermost condition."""
    size: int
    """How many conditions it holds."""


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark.open(
        "grammar.lark",
        rel_to=__file__,
        parser="lalr",
        lexer="contextual",
        # Called as the text is read, from the inside to the outside: a tree that is walked
        # afterwards takes a level of Python's stack for each of its own.
        transformer=_Builder(),
        start=["start", "field"],
    )


def _fault(text: str, error: UnexpectedInput) -> Fault:
    position, width = error.pos_in_stream, 1
    expected: Iterable[str] = ()
    if isinstance(error, UnexpectedToken):
        expected = error.accepts or error.expected
        if error.token.type == "$END":
            position = len(text.rstrip())
        else:
            width = len(error.token)
    elif isinstance(error, UnexpectedCharacters):
        expected = error.allowed or ()
    at = len(text) if position is None else position
    return Fault(at, width, unexpected(text, at, frozenset(expected)))


class _Builder(Transformer[Token, Any]):
    """What is made of each rule of the grammar."""

    def start(self, parts: list[_Part]) -> _Part:
        return parts[0]

    def disjunction(self, parts: list[Token | _Part]) -> _Part:
        return _joined(parts, Or)

    def conjunction(self, parts: list[Token | _Part]) -> _Part:
        return _joined(parts, And)

    def negated(self, parts: list[Any]) -> _Part:
        token, part = parts
        return _Part(Not(part.condition), _deeper(part, token), part.size)

    def group(self, parts: list[Any]) -> _Part:
        token, part, _ = parts
        return _Part(part.condition, _deeper(part, token), part.size)

    def bare(self, parts: list[Token]) -> _Part:
        (name,) = parts
        if name.lower() != "available":
            problem = f"{shown(name)} stands alone; write a field and a value, brand = Acme say"
            raise Fault(_start(name), len(name), problem)
        field = Field("availability", position=_start(name), width=len(name))
        return _leaf(OneOf(field, (Availability.IN_STOCK.value,)))

    def compared(self, parts: list[Any]) -> _Part:
        field, operator, literal = parts
        if operator in ("=", "==", "!=", "<>"):
            equal = OneOf(field, (values.value(field, literal),))
            return _leaf(Not(equal) if operator in ("!=", "<>") else equal)
        limit = values.bound(field, literal)
        with_limit = operator.endswith("=")
        if operator.startswith("<"):
            return _leaf(Range(field, None, limit, True, with_limit))
        return _leaf(Range(field, limit, None, with_limit, True))

    def matched(self, parts: list[Any]) -> _Part:
        field, _, literal = parts
        return _leaf(values.matching(field, literal))

    def listed(self, parts: list[Any]) -> _Part:
        field, negation, _, _, *rest = parts
        given = [part for part in rest if isinstance(part, Literal)]
        if len(given) > MAX_VALUES:
            over = given[MAX_VALUES]
            problem = f"a list has at most {MAX_VALUES:,} values, this one {len(given):,}"
            raise Fault(over.position, over.width, f"{problem}; shorten it")
        found = dict.fromkeys(values.value(field, literal) for literal in given)
        return _leaf(_perhaps_not(negation, OneOf(field, tuple(found))))

    def between(self, parts: list[Any]) -> _Part:
        field, negation, _, first, _, second = parts
        low, high = values.bound(field, first), values.bound(field, second)
        if _is_after(low, high):
            problem = f"nothing lies between {first.text} and {second.text}; the smaller one first"
            raise Fault(first.position, first.width, problem)
        return _leaf(_perhaps_not(negation, Range(field, low, high)))

    def empty(self, parts: list[Any]) -> _Part:
        field, _, negation, _ = parts
        return _leaf(_perhaps_not(negation, Empty(field)))

    def known_field(self, parts: list[Token]) -> Field:
        (name,) = parts
        return known_field(str(name), _start(name))

    def attribute(self, parts: list[Token]) -> Field:
        prefix, name = parts
        start = _start(prefix)
        width = _start(name) + len(name) - start
        found = literals.quoted(name, start).text if name.type == "STRING" else str(name)
        if not found:
            raise Fault(start, width, "the attribute has no name; write it like attr.colour")
        return Field(found, True, start, width)

    def value(self, parts: list[Token]) -> Literal:
        (token,) = parts
        read = literals.quoted if token.type == "STRING" else literals.word
        return read(str(token), _start(token))


def _start(token: Token) -> int:
    return token.start_pos or 0


def _leaf(condition: Condition) -> _Part:
    return _Part(condition, 0, 1)


def _perhaps_not(negation: Token | None, condition: Condition) -> Condition:
    return condition if negation is None else Not(condition)


def _deeper(part: _Part, token: Token) -> int:
    if part.depth == MAX_NESTING:
        problem = f"more than {MAX_NESTING} parentheses and NOTs stand within each other"
        raise Fault(_start(token), len(token), f"{problem}; write it flatter")
    return part.depth + 1


def _joined(parts: list[Token | _Part], kind: type[And] | type[Or]) -> _Part:
    found = [part for part in parts if isinstance(part, _Part)]
    size = sum(part.size for part in found)
    if size > MAX_CONDITIONS:
        tokens = [part for part in parts if isinstance(part, Token)]
        problem = f"a filter has at most {MAX_CONDITIONS} conditions; put values of one field"
        raise Fault(_start(tokens[-1]), len(tokens[-1]), f"{problem} into a list: sku IN (A, B)")
    if len(found) == 1:
        return found[0]
    # (a AND b) AND c is a AND b AND c.
    flat: list[Condition] = []
    for part in found:
        flat += part.condition.parts if isinstance(part.condition, kind) else (part.condition,)
    return _Part(kind(tuple(flat)), max(part.depth for part in found), size)


def _is_after(low: Decimal | date, high: Decimal | date) -> bool:
    if isinstance(low, Decimal) and isinstance(high, Decimal):
        return low > high
    return isinstance(low, date) and isinstance(high, date) and low > high

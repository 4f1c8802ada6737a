"""From what stands in a filter to what the field it is compared with holds."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from vsearch.catalog.filters.faults import Fault, shown
from vsearch.catalog.filters.fields import Kind, kind_of, nearest
from vsearch.catalog.filters.literals import Literal, head, number, split, stripped, tail
from vsearch.catalog.filters.syntax import Below, Condition, Empty, Field, Matches, Not, Value
from vsearch.catalog.product import Availability

_MAX_WILDCARDS = 10
_MAX_PRICE = Decimal(10) ** 14
_PRICE_PLACES = 4
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def value(field: Field, literal: Literal) -> Value:
    """What ``=`` compares the field with.

    Raises:
        Fault: the field can't hold it.
    """
    match kind_of(field):
        case Kind.TEXT:
            return literal.text
        case Kind.PATH:
            return tuple(level.text for level in _levels(literal))
        case Kind.CHOICE:
            return _availability(literal)
        case Kind.ATTRIBUTE:
            found = number(literal.text)
            return literal.text if found is None else found
        case _:
            return bound(field, literal)


def bound(field: Field, literal: Literal) -> Decimal | date:
    """What ``<`` and its like compare the field with.

    Raises:
        Fault: the field has no order, or the value is no number or day.
    """
    kind = kind_of(field)
    if kind is Kind.DAY:
        return _day(field, literal)
    if kind not in (Kind.PRICE, Kind.ATTRIBUTE):
        raise Fault(
            field.position,
            field.width,
            f"{field.name} has no order that <, > and BETWEEN could go by;"
            f" compare it with =, IN{'' if kind is Kind.CHOICE else ' or :'}",
        )
    found = number(literal.text)
    if found is None:
        problem = f"{shown(literal.text)} is not a number; write it like 50 or 49.95"
        raise _at(literal, f"{problem}, with at most 15 digits")
    if kind is Kind.PRICE:
        _check_price(found, literal)
    return found


def matching(field: Field, literal: Literal) -> Condition:
    """What ``:`` asks.

    Raises:
        Fault: the field is no text, or the wildcards stand where they can't.
    """
    kind = kind_of(field)
    if kind is Kind.PATH:
        return _below(field, literal)
    if kind in (Kind.PRICE, Kind.DAY):
        problem = f"{field.name} is no text that : could look into; compare it with =, < or >"
        raise Fault(field.position, field.width, problem)
    if kind is Kind.CHOICE:
        problem = f"{field.name} is one of a few words; compare it with ="
        raise Fault(field.position, field.width, problem)
    pieces = tuple(piece.text for piece in split(literal, "*"))
    if len(pieces) - 1 > _MAX_WILDCARDS:
        raise _at(literal, f"there are more than {_MAX_WILDCARDS} wildcards; use fewer")
    # Neighbouring stars are one.
    pieces = (pieces[0], *(piece for piece in pieces[1:-1] if piece), *pieces[1:][-1:])
    return Matches(field, pieces) if any(pieces) else Not(Empty(field))


def _below(field: Field, literal: Literal) -> Condition:
    from_top = literal.text[:1] in ("/", ">") and 0 not in literal.escaped
    path = tail(literal, 1) if from_top else literal
    if path.text.endswith("/*") and not {len(path.text) - 2, len(path.text) - 1} & path.escaped:
        # "and everything below", which is what it says without the star as well.
        path = head(path, -2)
    levels = _levels(path)
    while levels and _is_star(levels[-1]):
        levels.pop()
    while levels and _is_star(levels[0]) and not from_top:
        levels.pop(0)
    if not levels:
        return Not(Empty(field))
    first, last = levels[0], levels[-1]
    open_start = first.text[0] == "*" and 0 not in first.escaped
    open_end = last.text[-1] == "*" and len(last.text) - 1 not in last.escaped
    stars = sum(len(split(level, "*")) - 1 for level in levels)
    if stars != open_start + open_end or (open_start and from_top):
        problem = "in a category, * can stand only at the very beginning and at the end"
        raise _at(literal, f'{problem}; write it like "shoe*", "*shoes" or "home/kitchen/*"')
    texts = [level.text for level in levels]
    if open_start:
        texts[0] = texts[0][1:]
    if open_end:
        texts[-1] = texts[-1][:-1]
    return Below(field, tuple(texts), from_top, open_start, open_end)


def _levels(literal: Literal) -> list[Literal]:
    separator = ">" if len(split(literal, ">")) > 1 else "/"
    levels = [stripped(level) for level in split(literal, separator)]
    return [level for level in levels if level.text]


def _is_star(level: Literal) -> bool:
    return not level.text.strip("*") and not level.escaped


def _availability(literal: Literal) -> str:
    wanted = re.sub(r"[\s-]+", "_", literal.text.strip().lower())
    known = [one.value for one in Availability]
    if wanted in known:
        return wanted
    near = nearest(wanted, known)
    remedy = f"did you mean {near}?" if near else f"write one of {', '.join(known)}"
    raise _at(literal, f"{shown(literal.text)} is not an availability; {remedy}")


def _day(field: Field, literal: Literal) -> date:
    try:
        if _DAY.fullmatch(literal.text):
            return date.fromisoformat(literal.text)
    except ValueError:
        pass  # the 30th of February
    problem = f"{field.name} is a day; {shown(literal.text)} is none, write it like 2026-11-30"
    raise _at(literal, problem)


def _check_price(price: Decimal, literal: Literal) -> None:
    exponent = price.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > _PRICE_PLACES:
        raise _at(literal, f"a price has at most {_PRICE_PLACES} decimal places; round it")
    if abs(price) >= _MAX_PRICE:
        raise _at(literal, "a price has at most 14 digits before the point; write a smaller one")


def _at(literal: Literal, problem: str) -> Fault:
    return Fault(literal.position, literal.width, problem)

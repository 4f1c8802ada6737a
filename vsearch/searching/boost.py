"""What moves a product up or down beside its looks: the shop's own interest, declared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite

from vsearch.errors import QueryError

#: A cosine ends at 1: a boost past it would bury what was asked for under what sells.
MAX_WEIGHT = 1.0

_BOOST = re.compile(
    r"\s*(?P<weight>[-+]?[\d.]+(?:[eE][-+]?\d+)?)(?:\s*\*\s*|\s+)(?P<term>\S.*?)\s*", re.S
)
_FIELD = re.compile(r"price|attr\..+", re.S)
_HIGH = re.compile(r"high\(\s*(?P<field>price|attr\.[^,()]+?)\s*,\s*(?P<half>[^,()]+?)\s*\)")
_FRESH = re.compile(r"fresh\(\s*(?P<days>[^,()]+?)\s*\)")


@dataclass(frozen=True, slots=True)
class Holds:
    """1 for the products that a filter selects, 0 for the others."""

    where: str


@dataclass(frozen=True, slots=True)
class High:
    """x / (x + half) of a number x: 0 at 0, a half at ``half``, towards 1 above it.

    0 for a product that hasn't the number, or has one below 0.
    """

    field: str
    """``price``, or a free attribute with ``attr.`` before it."""

    half: float
    """Above 0."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """A half to the power of age / days: 1 for a product added now, a half after ``days``."""

    days: float
    """Above 0."""


Term = Holds | High | Fresh


@dataclass(frozen=True, slots=True)
class Boost:
    """Adds ``weight`` times a term from 0 to 1 to a product's cosine similarity.

    Raises:
        QueryError: the weight is 0 or past ±1, a term's number isn't above 0, or its field is
            neither ``price`` nor an attribute.
    """

    weight: float
    term: Term

    def __post_init__(self) -> None:
        if not (isfinite(self.weight) and 0 < abs(self.weight) <= MAX_WEIGHT):
            raise QueryError(
                f"boost {self.weight:g}: the weight is added to a cosine; give one from"
                f" -{MAX_WEIGHT:g} to {MAX_WEIGHT:g} that isn't 0"
            )
        if isinstance(self.term, High) and not _FIELD.fullmatch(self.term.field):
            raise QueryError(f'boost: high takes price or attr.NAME, not "{self.term.field}"')
        number = {High: "half", Fresh: "days"}.get(type(self.term))
        if number is not None:
            value = getattr(self.term, number)
            if not (isfinite(value) and value > 0):
                raise QueryError(f"boost: {number} is above 0, not {value:g}")


def parse_boost(text: str) -> Boost:
    """Read ``WEIGHT TERM``, a term being a filter, ``high(FIELD, HALF)`` or ``fresh(DAYS)``.

    >>> parse_boost("0.05 available")
    Boost(weight=0.05, term=Holds(where='available'))
    >>> parse_boost("0.1 * high(attr.sold, 200)").term
    High(field='attr.sold', half=200.0)

    Raises:
        QueryError: it is none of these. What is wrong with a filter shows when it is applied.
    """
    match = _BOOST.fullmatch(text)
    if match is None:
        raise _unreadable(text)
    try:
        return Boost(float(match["weight"]), _term(match["term"]))
    except ValueError:
        raise _unreadable(text) from None


def _term(text: str) -> Term:
    if high := _HIGH.fullmatch(text):
        return High(high["field"], float(high["half"]))
    if fresh := _FRESH.fullmatch(text):
        return Fresh(float(fresh["days"]))
    if re.match(r"(high|fresh)\s*\(", text):
        raise ValueError(text)
    return Holds(text)


def _unreadable(text: str) -> QueryError:
    return QueryError(
        f'boost "{text}": write a weight and what it is for: 0.05 available, 0.1 brand="Acme",'
        " 0.1 high(attr.sold, 200) or 0.05 fresh(30)"
    )

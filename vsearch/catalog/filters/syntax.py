"""What a filter says, as a tree of frozen records; equal trees say the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

#: A number is one, and a text is one; a path is a category, a date is a day in UTC.
Value = str | Decimal | date | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """What is asked about: a field of ``Product``, or one of its attributes."""

    name: str
    is_attribute: bool = False
    position: int = field(default=0, compare=False)
    """Where it stands in the text, in characters from 0."""
    width: int = field(default=1, compare=False)
    """How many characters it takes there."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """Equals one of the values, upper and lower case being the same: ``=`` and ``IN``."""

    field: Field
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """A number or a day between two bounds, either of which may be missing."""

    field: Field
    low: Decimal | date | None = None
    high: Decimal | date | None = None
    with_low: bool = True
    with_high: bool = True


@dataclass(frozen=True, slots=True)
class Matches:
    """A text that holds this piece, or with more pieces, begins, goes on and ends with them."""

    field: Field
    pieces: tuple[str, ...]
    """What stands between the wildcards; a single piece may stand anywhere."""


@dataclass(frozen=True, slots=True)
class Below:
    """A category path that has these levels one after the other."""

    field: Field
    levels: tuple[str, ...]
    from_top: bool = False
    """Whether the first of them is the topmost."""
    open_start: bool = False
    """Whether the first only has to end like this."""
    open_end: bool = False
    """Whether the last only has to begin like this."""


@dataclass(frozen=True, slots=True)
class Empty:
    """The product doesn't have it."""

    field: Field


@dataclass(frozen=True, slots=True)
class Not:
    """Exactly those products for which the other condition doesn't hold."""

    part: Condition


@dataclass(frozen=True, slots=True)
class And:
    """All of at least two."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of at least two."""

    parts: tuple[Condition, ...]


Condition = OneOf | Range | Matches | Below | Empty | Not | And | Or

"""Which fields a filter can ask about, and what each holds."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from enum import Enum, auto
from types import MappingProxyType

from vsearch.catalog.filters.faults import Fault, shown
from vsearch.catalog.filters.syntax import Field

_LONGEST_NAME = 60


class Kind(Enum):
    """What a field holds, and so what it can be compared with."""

    TEXT = auto()
    PATH = auto()
    PRICE = auto()
    CHOICE = auto()
    DAY = auto()
    ATTRIBUTE = auto()


#: Field → kind, in the order in which they are listed for people.
FIELDS: Mapping[str, Kind] = MappingProxyType(
    {
        "sku": Kind.TEXT,
        "title": Kind.TEXT,
        "description": Kind.TEXT,
        "brand": Kind.TEXT,
        "category": Kind.PATH,
        "price": Kind.PRICE,
        "currency": Kind.TEXT,
        "availability": Kind.CHOICE,
        "url": Kind.TEXT,
        "gtin": Kind.TEXT,
        "item_group": Kind.TEXT,
        "added": Kind.DAY,
        "updated": Kind.DAY,
    }
)


def kind_of(field: Field) -> Kind:
    """What it holds."""
    return Kind.ATTRIBUTE if field.is_attribute else FIELDS[field.name]


def known_field(name: str, position: int) -> Field:
    """The field of this name, upper and lower case being the same.

    Raises:
        Fault: there is none.
    """
    canonical = name.lower().replace("-", "_")
    if canonical in FIELDS:
        return Field(canonical, position=position, width=len(name))
    near = nearest(canonical, FIELDS)
    remedy = f"did you mean {near}?" if near else f"there are {', '.join(FIELDS)}."
    problem = f"there is no field {shown(name)}; {remedy} An attribute is written attr.NAME"
    raise Fault(position, len(name), problem)


def nearest(name: str, known: Iterable[str], prefix: str = "") -> str:
    """The known names that it may be a slip of, joined by "or"; empty for none.

    Args:
        name: what was written.
        known: what could have been meant.
        prefix: what to write in front of each.
    """
    names = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(name[:_LONGEST_NAME].lower(), names, n=3, cutoff=0.6)
    return " or ".join(f"{prefix}{names[one]}" for one in near)

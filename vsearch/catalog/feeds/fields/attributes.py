"""Free attributes: everything that a feed tells beside the fields of a product."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from decimal import Decimal

from vsearch.catalog.feeds.fields.fault import FieldFault, quoted
from vsearch.catalog.feeds.fields.text import parse_text
from vsearch.catalog.product import NO_ATTRIBUTES, AttributeValue


def parse_attributes(pairs: Iterable[tuple[str, object]]) -> Mapping[str, AttributeValue]:
    """Read (name, cell) pairs; empty ones are dropped, and the last of a name wins.

    Texts, numbers, booleans and lists of texts stay what they are; a Decimal becomes text,
    a list of anything else a list of texts, an object its JSON.

    Raises:
        FieldFault: a number isn't finite, or a text can't be stored.
    """
    found: dict[str, AttributeValue] = {}
    for name, cell in pairs:
        if cell is None or cell == "":
            continue
        clean_name = parse_text(name, "attributes")
        value = _attribute(cell, clean_name)
        if clean_name and value not in ("", ()):
            found[clean_name] = value
    return found or NO_ATTRIBUTES


def _attribute(cell: object, name: str) -> AttributeValue:
    if type(cell) is str:
        return parse_text(cell, name)
    if isinstance(cell, bool | int):
        return cell
    if isinstance(cell, float):
        if not math.isfinite(cell):
            raise FieldFault(name, f"{quoted(cell)} is not a number")
        return cell
    if isinstance(cell, list | tuple):
        texts = (parse_text(_flat(item), name) for item in cell)
        return tuple(text for text in texts if text)
    return parse_text(_flat(cell), name)


def _flat(cell: object) -> object:
    """Nested values as JSON, dates and the like as their usual text."""
    if cell is None or isinstance(cell, str | bool | int | float | Decimal):
        return cell
    if isinstance(cell, list | tuple | dict):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return str(cell)

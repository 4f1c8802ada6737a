"""From a cell, as CSV, JSON or Arrow has it, to what an event's field holds."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vsearch.catalog.feeds.fields.fault import quoted
from vsearch.events.event import require_id, require_number
from vsearch.events.intake.chunk import Untold

# "1,00" is one piece; "1,000" may be one or a thousand.
_NO_FRACTION = re.compile(r",0{1,2}$")


@dataclass(frozen=True, slots=True)
class Nested:
    """A list or an object where a single value is expected; these can be told apart quickly."""

    text: str

    def __str__(self) -> str:
        return self.text


def text_of(value: object) -> str:
    """A cell as text, without blanks around it; empty where there is nothing.

    Raises:
        ValueError: it is no single value.
    """
    match value:
        case str():
            return value.strip()
        case None | Untold.UNTOLD:
            return ""
        case bool() | Nested():
            raise ValueError(f"{quoted(value)} is no text or number")
        case float():
            # Data frames keep whole numbers among which one is missing as floats.
            if value != value:
                return ""
            return str(int(value)) if value.is_integer() else str(value)
        case bytes():
            return value.decode().strip()
    return str(value).strip()


def id_of(field: str, value: object) -> str:
    """An identifier; empty where there is none.

    Raises:
        ValueError: it can't be stored.
    """
    text = value.strip() if type(value) is str else text_of(value)
    require_id(field, text)
    return text


def number_of(value: object) -> int | None:
    """A position or a quantity; None where there is none.

    Raises:
        ValueError: it is no whole number from 1.
    """
    text = text_of(value)
    if not text:
        return None
    try:
        number = float(_NO_FRACTION.sub("", text))
        if not number.is_integer():
            raise ValueError
    except ValueError:
        raise ValueError(f"{quoted(text)} is no whole number") from None
    require_number(int(number))
    return int(number)

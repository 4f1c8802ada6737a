"""One thing that a shopper did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from vsearch.errors import EventRejected

#: The longest identifier, in characters.
MAX_ID = 255

#: The highest position and quantity.
MAX_NUMBER = 2**31 - 1


class EventKind(StrEnum):
    """What was done with a product."""

    VIEW = "view"
    CLICK = "click"
    BASKET = "basket"
    PURCHASE = "purchase"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a shopper did with a product.

    Raises:
        EventRejected: a field can't be what it is.
    """

    kind: EventKind
    sku: str
    """The product needn't be in the catalogue (any more)."""
    at: datetime | None = None
    """With its time zone; None stands for the moment in which it is stored."""
    user_id: str = ""
    """Whom the shop knows; empty for anybody. A pseudonym is best."""
    session_id: str = ""
    query_id: str = ""
    """Of the answer that showed the product; empty where none did."""
    position: int | None = None
    """Among the hits, from 1."""
    quantity: int | None = None
    """How many were put into the basket, or bought, from 1."""

    def __post_init__(self) -> None:
        """Hold the fields to what can be stored and compared."""
        try:
            for name in ("sku", "user_id", "session_id", "query_id"):
                require_id(name, getattr(self, name))
            for name in ("position", "quantity"):
                number = getattr(self, name)
                if number is not None:
                    require_number(number)
        except ValueError as error:
            raise EventRejected(name, str(error)) from None
        if self.at is not None:
            require_moment("at", self.at)


def require_id(name: str, text: str) -> None:
    """See that an identifier can be stored and compared.

    Raises:
        ValueError: it can't; the message says why.
    """
    if not text:
        if name == "sku":
            raise ValueError("it is empty; name the product")
        return
    if len(text) > MAX_ID:
        raise ValueError(f"{len(text)} characters; {MAX_ID} are allowed")
    if not text.isprintable():
        raise ValueError(f"{text!a} holds a character that isn't printable")


def require_number(number: int) -> None:
    """See that a position or a quantity can be one.

    Raises:
        ValueError: it can't.
    """
    if not 1 <= number <= MAX_NUMBER:
        raise ValueError(f"{number} is not from 1 to {MAX_NUMBER:,}")


def require_moment(name: str, at: datetime) -> None:
    """See that a moment can be stored and compared.

    Raises:
        EventRejected: it can't.
    """
    if at.tzinfo is None:
        raise EventRejected(name, f"{at.isoformat()} has no time zone; add one")
    try:
        at.astimezone(UTC)
    except OverflowError:
        reason = f"{at.isoformat()} is no moment of the years 1 to 9999 in UTC"
        raise EventRejected(name, reason) from None

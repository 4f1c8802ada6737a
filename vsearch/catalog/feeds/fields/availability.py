"""The many spellings of whether something can be bought."""

from __future__ import annotations

import re
from types import MappingProxyType

from vsearch.catalog.feeds.fields.fault import FieldFault, quoted
from vsearch.catalog.product import Availability

# Without case, spaces and punctuation; schema.org's ItemAvailability is among them.
_WORDS = {
    Availability.IN_STOCK: """
        instock available availablenow limitedavailability limited lowstock limitedstock
        instoreonly onlineonly onstock yes y true t active
    """,
    Availability.OUT_OF_STOCK: """
        outofstock outstock soldout unavailable notavailable notinstock nostock oos
        discontinued reserved no n false f none
    """,
    Availability.PREORDER: "preorder presale preorderable comingsoon",
    Availability.BACKORDER: """
        backorder onbackorder backordered availableonbackorder availablefororder onorder
        madetoorder specialorder onrequest
    """,
}

#: Each spelling, folded, and what it means.
SPELLINGS = MappingProxyType(
    {word: meaning for meaning, words in _WORDS.items() for word in words.split()}
)

_SCHEMA_ORG = re.compile(r"^(?:https?://)?(?:www\.)?schema\.org/", re.IGNORECASE)
_PUNCTUATION = re.compile(r"[\s_\-.]+")
_QUANTITY = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,6})?")


def parse_availability(value: object) -> Availability | None:
    """Read a word, a yes or no, or a quantity (more than 0 is in stock).

    ``available for order`` counts as a back order: it can be bought, but isn't there.

    Returns:
        The availability, or None where the cell is empty.

    Raises:
        FieldFault: none of these.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return Availability.IN_STOCK if value else Availability.OUT_OF_STOCK
    if isinstance(value, int | float):
        if value != value:  # NaN is how a missing number comes out of Parquet
            return None
        return Availability.IN_STOCK if value > 0 else Availability.OUT_OF_STOCK
    text = str(value).strip()
    if not text:
        return None
    known = SPELLINGS.get(text)
    if known is not None:
        return known
    known = SPELLINGS.get(_PUNCTUATION.sub("", _SCHEMA_ORG.sub("", text)).casefold())
    if known is not None:
        return known
    if _QUANTITY.fullmatch(text):
        return (
            Availability.IN_STOCK
            if float(text.replace(",", ".")) > 0
            else Availability.OUT_OF_STOCK
        )
    raise FieldFault(
        "availability",
        f"{quoted(text)} is not an availability; "
        "write in stock, out of stock, preorder or backorder",
    )

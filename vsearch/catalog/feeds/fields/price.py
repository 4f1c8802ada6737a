"""Prices as merchants write them, without guessing where a guess could be off by a thousand."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from vsearch.catalog.feeds.fields.currency import currency_of_mark, parse_currency
from vsearch.catalog.feeds.fields.fault import FieldFault, quoted

MAX_PRICE = Decimal(10) ** 12
MAX_PLACES = 4

#: Currencies whose smallest coin is a thousandth: three decimals are normal there.
THREE_PLACES = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})

_PLAIN = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,2})?)(?: ([A-Z]{3}))?")
_MARKED = re.compile(r"([^0-9.,+\-]*)([+-]?)([^0-9.,+\-]*)([0-9.,'\u2019 ]*[0-9.,])([^0-9,]*)")
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
_SPACED_GROUPS = re.compile(r"[0-9]{1,3}(?:[ '\u2019][0-9]{3})+")
# Two digits between commas are how India writes lakhs and crores: 1,00,000.
_GROUPS = re.compile(r"[0-9]{1,3}(?:(?:,[0-9]{2,3})*,[0-9]{3}|(?:\.[0-9]{3})+)")
_NO_CENTS = frozenset("-\u2013\u2014")
_HOW = "write it like 12.50 EUR"


def parse_price(value: object, currency_column: object = None) -> tuple[Decimal | None, str | None]:
    """Read a price, with the currency it names or that its own column names.

    Understood: ``12.50``, ``12.50 EUR``, ``EUR 12.50``, ``€12.50``, ``12,50 €``,
    ``1.299,00``, ``1,299.00``, ``1 299,00``, ``1'299.00``, ``1.299.000``, and numbers.
    A lone separator before exactly three digits (``1,299``, ``1.299``) is refused, because
    it means 1299 in one country and 1.299 in the next; not refused is what can mean one
    thing only: ``0,299``, ``1299.500``, three places in dinars, numbers that aren't text.

    Args:
        value: text, int, float (rounded to 4 places), Decimal, or None.
        currency_column: what the feed's currency column has, empty where there is none.

    Returns:
        The price in [0, 1e12) with at most 4 places, or None where the cell is empty; and
        its ISO 4217 code, or None where the feed names none.

    Raises:
        FieldFault: not a price, negative, too large, ambiguous, or of two currencies.
    """
    stated = None
    if currency_column:
        column_text = str(currency_column).strip()
        stated = parse_currency(column_text) if column_text else None
    if type(value) is str:
        plain = _PLAIN.fullmatch(value)
        if plain is None:
            return _parse_written(value.strip(), stated)
        number, code = plain.groups()
        currency = currency_of_mark(code, stated) if code else stated
        if code and currency is None:
            raise FieldFault("currency", f"{quoted(code)} is not a currency; {_HOW}")
        return Decimal(number), currency
    if value is None:
        return None, stated
    return _parse_number(value), stated


def _parse_number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise FieldFault("price", f"{quoted(value)} is not a price; {_HOW}")
    if isinstance(value, float) and math.isfinite(value):
        # Sums of cents in binary end in …0001; and 12.0 is how programs write 12.
        value = str(round(value, MAX_PLACES)).removesuffix(".0")
    return _within_bounds(Decimal(str(value)), value)


def _parse_written(text: str, stated: str | None) -> tuple[Decimal | None, str | None]:
    if not text:
        return None, stated
    if len(text) > 60:
        raise FieldFault("price", f"{quoted(text)} is not a price; {_HOW}")
    parts = _MARKED.fullmatch(_SPACES.sub(" ", text))
    if parts is None:
        raise FieldFault("price", f"{quoted(text)} is not a price; {_HOW}")
    before, sign, between, digits, after = (part.strip() for part in parts.groups())
    if digits[-1] in ".," and after in _NO_CENTS:
        after = ""
    # A code decides what a sign beside it means: $5.00 CAD.
    marks = sorted(filter(None, (before, between, after)), key=lambda mark: len(mark) != 3)
    if sign == "-":
        raise FieldFault("price", f"{quoted(text)} is negative")
    currency = stated
    for mark in marks:
        currency = currency_of_mark(mark, currency)
        if currency is None:
            raise FieldFault("price", f"{quoted(text)} is not a price; {_HOW}")
    number = _parse_digits(digits, text, three_places=currency in THREE_PLACES)
    return _within_bounds(number, text), currency


def _parse_digits(digits: str, text: str, *, three_places: bool) -> Decimal:
    """Decide which separator is the decimal one, and check that the others make groups."""
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return Decimal(_without_groups(digits, text))
    separator, other = digits[last], "," if digits[last] == "." else "."
    whole, fraction = digits[:last], digits[last + 1 :]
    if separator in whole:
        # A separator that repeats can only group: 1.299.000.
        if other in whole:
            raise FieldFault("price", f"{quoted(text)} is not a price; {_HOW}")
        return Decimal(_without_groups(digits, text))
    grouped = other in whole or " " in whole or "'" in whole or "\u2019" in whole
    could_group = len(fraction) == 3 and whole.isdecimal() and len(whole) <= 3 and whole[0] != "0"
    if could_group and not grouped and not three_places:
        raise FieldFault(
            "price",
            f"{quoted(text)} could be {whole}{fraction} or {whole}.{fraction}; "
            f"write it with two decimals, like {whole}{fraction}.00",
        )
    if not fraction and not whole:
        raise FieldFault("price", f"{quoted(text)} is not a price; {_HOW}")
    if fraction and not fraction.isdecimal():
        raise FieldFault("price", f"{quoted(text)} is not a price; {_HOW}")
    return Decimal(f"{_without_groups(whole, text) or '0'}.{fraction}")


def _without_groups(whole: str, text: str) -> str:
    if not whole or whole.isdecimal():
        return whole
    if _GROUPS.fullmatch(whole) or _SPACED_GROUPS.fullmatch(whole):
        return re.sub(r"[^0-9]", "", whole)
    raise FieldFault("price", f"{quoted(text)} is not a price; {_HOW}")


def _within_bounds(number: Decimal, value: object) -> Decimal:
    if not number.is_finite():
        raise FieldFault("price", f"{quoted(value)} is not a price; {_HOW}")
    if number < 0:
        raise FieldFault("price", f"{quoted(value)} is negative")
    if number >= MAX_PRICE:
        raise FieldFault("price", f"{quoted(value)} is too large; below 1e12 is allowed")
    rounded = round(number, MAX_PLACES)
    if rounded != number:
        raise FieldFault("price", f"{quoted(value)} has more than 4 decimal places")
    # 1E+3, -0 and 1.000000 are Decimals too; 1000, 0 and 1.0000 are what a shop shows.
    places = number.as_tuple().exponent
    short = rounded if isinstance(places, int) and places < -MAX_PLACES else number
    return Decimal(f"{abs(short):f}")

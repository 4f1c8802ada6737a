"""Cells that are text: titles, descriptions, codes, addresses, SKUs."""

from __future__ import annotations

import re
from decimal import Decimal

from vsearch.catalog.feeds.fields.fault import FieldFault, quoted

MAX_SKU_LENGTH = 255

# PostgreSQL stores neither of these; half a surrogate pair isn't valid UTF-8 either.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]*:", re.IGNORECASE)


def parse_text(value: object, field: str) -> str:
    """Read a cell as text: trimmed, control characters other than line breaks and tabs blanked.

    None is empty; numbers keep their shortest form, so that a whole float is ``"42"``.

    Raises:
        FieldFault: it is a list or an object, or holds a NUL or half a surrogate pair.
    """
    text = value.strip() if type(value) is str else _scalar_text(value, field)
    if text.isprintable():
        return text
    if _UNSTORABLE.search(text):
        raise FieldFault(field, f"{quoted(text)} holds a character that can't be stored")
    return _CONTROL.sub(" ", text).strip()


def parse_sku(value: object) -> str:
    """Read a merchant's key: trimmed, 1 to 255 characters, no control characters.

    Raises:
        FieldFault: it is empty, too long, or holds what no key should.
    """
    if isinstance(value, bool):
        raise FieldFault("sku", f"{quoted(str(value).lower())} is not a SKU")
    text = value.strip() if type(value) is str else _scalar_text(value, "sku")
    if not text:
        raise FieldFault("sku", "it is empty; every product needs one of its own")
    if len(text) > MAX_SKU_LENGTH:
        raise FieldFault("sku", f"{quoted(text)} has {len(text)} characters; 255 are allowed")
    if not text.isprintable() and (
        _UNSTORABLE.search(text) or _CONTROL.search(text) or any(c in text for c in "\t\r\n")
    ):
        raise FieldFault("sku", f"{quoted(text)} holds a control character; remove it")
    return text


def parse_page_url(value: object) -> str:
    """Read the address of a product's page: http(s), or a path within the shop.

    Raises:
        FieldFault: another scheme (``javascript:``), which a page of results must not link to.
    """
    text = parse_text(value, "url")
    if text.startswith(("https://", "http://")):
        return text
    scheme = _SCHEME.match(text)
    if scheme and scheme.group().lower() not in ("http:", "https:"):
        raise FieldFault("url", f"{quoted(text)} is not a web address; write it like https://…")
    return text


def _scalar_text(value: object, field: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int | float | Decimal):
        return str(value)
    raise FieldFault(field, f"{quoted(value)} is a {type(value).__name__}; a text is expected")

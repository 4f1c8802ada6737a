"""A photo as an agent names it: where it is, or its bytes in base64."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path

from vsearch.catalog.product import is_url
from vsearch.errors import ImageRejected

_DATA_URI = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w.+=-]+)*;base64,", re.ASCII)

#: No picture is shorter than this, and few paths without a dot are so long.
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{64,}={0,2}\s*", re.ASCII)


def photo_from(text: str) -> str | bytes:
    """Tell a path or an http(s) address from a picture in base64 or a data URI.

    >>> photo_from("data:image/png;base64,aGVsbG8=")
    b'hello'
    >>> photo_from("photos/shoe.jpg")
    'photos/shoe.jpg'

    Returns:
        The path or address as it is, else the picture's bytes.

    Raises:
        ImageRejected: there is nothing, or a data URI isn't base64.
    """
    text = text.strip()
    if not text:
        raise ImageRejected("is empty; give a path, an http(s) address or base64", "photo")
    if is_url(text):
        return text
    if start := _DATA_URI.match(text):
        return _decoded(text[start.end() :])
    if _BASE64.fullmatch(text) and not _is_file(text):
        return _decoded(text)
    return text


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # Longer than any path may be.
        return False


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImageRejected("is not base64", "photo") from error

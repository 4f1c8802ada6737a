"""PPM: the header, and whether the pixels are written as text."""

from __future__ import annotations

import re

from vsearch.errors import ImageRejected

_MEBIBYTE = 2**20
_BYTE = 255

#: Numbers in digits are read one by one, as are those that have to be stretched to 255.
MAX_SLOW_BYTES = _MEBIBYTE

#: Width, height and the largest value, and what an editor says of itself.
MAX_HEADER_BYTES = 4096

_SPACE = rb"(?:\s|#[^\r\n]*[\r\n])+"
_NUMBERS = re.compile(
    rb"P(?:[14](?:%b\d+){2}|[2356](?:%b\d+){2}%b(\d+))\s" % (_SPACE, _SPACE, _SPACE)
)
_TEXT_KINDS = b"123"
_BITS = b"4"


def check(data: bytes) -> None:
    """See that the header is short, and a picture that takes a loop a number is small.

    Raises:
        ImageRejected: they aren't.
    """
    if len(data) <= MAX_HEADER_BYTES:
        return
    header = _NUMBERS.match(data, 0, MAX_HEADER_BYTES)
    if header is None:
        raise ImageRejected(f"PPM whose header is longer than {MAX_HEADER_BYTES:,} bytes")
    kind = data[1:2]
    is_slow = kind in _TEXT_KINDS or (kind != _BITS and int(header[1][:9]) != _BYTE)
    if is_slow and len(data) > MAX_SLOW_BYTES:
        raise ImageRejected(
            f"PPM of more than {MAX_SLOW_BYTES // _MEBIBYTE} MiB that isn't of plain bytes;"
            " save it as PNG"
        )

"""TIFF: the strips or tiles of the first picture."""

from __future__ import annotations

import struct
from typing import NamedTuple

from vsearch.errors import ImageRejected

#: 80 megapixels in tiles of 64 x 64 are 20,000; one strip a row is common in small pictures.
MAX_PARTS = 65_536

_STRIP_OFFSETS, _TILE_OFFSETS = 273, 324


class _Layout(NamedTuple):
    first_at: int
    """Where the offset of the first directory stands."""

    offset: str
    entries: str
    """How the number of a directory's entries is written."""

    entry_bytes: int


_CLASSIC = _Layout(4, "L", "H", 12)
_BIG = _Layout(8, "Q", "Q", 20)


def check(data: bytes) -> None:
    """Read how many parts the picture has.

    Raises:
        ImageRejected: there are too many.
    """
    is_big = data[2:4] in (b"+\0", b"\0+")
    if is_big:
        _check_as(data, _BIG)
    # Some decoders know only one byte order of BigTIFF, and take the other for a TIFF.
    if not is_big or data[:2] == b"MM":
        _check_as(data, _CLASSIC)


def _check_as(data: bytes, layout: _Layout) -> None:
    endian = "<" if data[:2] == b"II" else ">"
    try:
        (at,) = struct.unpack_from(endian + layout.offset, data, layout.first_at)
        (entries,) = struct.unpack_from(endian + layout.entries, data, at)
        at += struct.calcsize(endian + layout.entries)
        for _ in range(min(entries, MAX_PARTS)):
            tag, _kind, count = struct.unpack_from(f"{endian}HH{layout.offset}", data, at)
            if tag in (_STRIP_OFFSETS, _TILE_OFFSETS) and count > MAX_PARTS:
                raise ImageRejected(f"TIFF of more than {MAX_PARTS:,} strips or tiles")
            at += layout.entry_bytes
    except (struct.error, OverflowError):  # an offset that leads past the end
        return

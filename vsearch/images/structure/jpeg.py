"""JPEG: segments up to the first scan, and scans."""

from __future__ import annotations

import re

from vsearch.errors import ImageRejected

#: A colour profile takes up to 255, the depth map of a phone a hundred.
MAX_SEGMENTS = 1024

#: Cameras write one. Its continuations are put together one by one, each time all of it anew.
MAX_EXIF_SEGMENTS = 8

#: Encoders make about ten of a progressive picture; each one is a pass over all its pixels.
MAX_SCANS = 100

_EXIF = b"Exif\0\0"
_SCAN, _END, _APP1 = 0xDA, 0xD9, 0xE1
_SCAN_MARKER = b"\xff\xda"

# Within a scan FF 00 is data, FF D0 to FF D7 divide it, and FF may stand before a marker.
_MARKER_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FF = 0xFF


def check(data: bytes) -> None:
    """Count segments and scans.

    Raises:
        ImageRejected: there are too many.
    """
    scan = _first_scan(data)
    # Nearly every file is done with here: the bytes of a marker are rare in anything else.
    if data.count(_SCAN_MARKER) > MAX_SCANS and _scans(data, scan) > MAX_SCANS:
        raise ImageRejected(f"JPEG of more than {MAX_SCANS} scans; save it anew")


def _first_scan(data: bytes) -> int:
    """Where the first scan begins; the file's end where there is none."""
    at, exif_segments, size = 2, 0, len(data)
    for _ in range(MAX_SEGMENTS):
        if at + 4 > size:
            return size
        if data[at] != _FF or data[at + 1] == _FF:  # fill, or bytes that don't belong there
            at += 1
            continue
        marker = data[at + 1]
        if marker == _SCAN:
            return at
        if marker == _APP1 and data[at + 4 : at + 10] == _EXIF:
            exif_segments += 1
            if exif_segments > MAX_EXIF_SEGMENTS:
                raise ImageRejected(f"JPEG of more than {MAX_EXIF_SEGMENTS} EXIF segments")
        at = _after_segment(data, at)
    raise ImageRejected(f"JPEG of more than {MAX_SEGMENTS:,} segments before its picture")


def _scans(data: bytes, at: int) -> int:
    """How many scans there are from here to the picture's end, at most one too many."""
    found = 0
    while found <= MAX_SCANS and (match := _MARKER_AFTER_SCAN.search(data, at)) is not None:
        at = match.start()
        marker = data[at + 1]
        if marker == _END:
            break
        found += marker == _SCAN
        at = _after_segment(data, at)
    return found


def _after_segment(data: bytes, at: int) -> int:
    return at + 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))

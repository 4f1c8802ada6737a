"""GIF: blocks up to the first frame."""

from __future__ import annotations

from vsearch.errors import ImageRejected

#: Text of 255 bytes a block; XMP, which pretends to be blocks, makes a thousand.
MAX_BLOCKS = 4096

_HEADER_BYTES = 13
_HAS_COLOURS = 0x80
_FRAME, _EXTENSION, _END = 0x2C, 0x21, 0x3B


def check(data: bytes) -> None:
    """Count blocks.

    Raises:
        ImageRejected: there are too many before the first frame.
    """
    at, size = _HEADER_BYTES, len(data)
    if size <= at:
        return
    if data[10] & _HAS_COLOURS:
        at += 3 * 2 ** ((data[10] & 7) + 1)
    in_extension = False
    for _ in range(MAX_BLOCKS):
        if at >= size:
            return
        if in_extension:
            in_extension = data[at] > 0
            at += data[at] + 1
        elif data[at] in (_FRAME, _END):
            return
        elif data[at] == _EXTENSION:
            in_extension = True
            at += 2
        else:  # a byte that doesn't belong there
            at += 1
    raise ImageRejected(f"GIF of more than {MAX_BLOCKS:,} blocks before its picture; save it anew")

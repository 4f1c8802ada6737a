"""Turning a picture upright by its EXIF orientation.

The one tag is read here, because Pillow's EXIF reader parses all of them, emits warnings
where the block is damaged (those of many cameras are), and warnings can't be silenced for
one thread alone.
"""

from __future__ import annotations

import struct

from PIL import Image

_PREFIX = b"Exif\0\0"
_ORIENTATION_TAG = 0x0112
_ENTRY_BYTES = 12
_INTEGER_TYPES = {1: "B", 3: "H", 4: "L"}

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(image: Image.Image, exif: bytes | None) -> Image.Image:
    """Turn or mirror an image as its EXIF block says; the image itself where it says nothing."""
    turn = _TURNS.get(exif_orientation(exif)) if exif else None
    if turn is None:
        return image
    turned = image.transpose(turn)
    turned.info.pop("exif", None)  # or whoever sees the result next would turn it again
    return turned


def exif_orientation(exif: bytes) -> int:
    """Read the orientation, 1 to 8, of an EXIF block; 1 (upright) where none can be read.

    Args:
        exif: a TIFF structure, with or without the ``Exif`` marker of a JPEG before it.
    """
    tiff = exif.removeprefix(_PREFIX)
    endian = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if endian is None:
        return 1
    try:
        return _orientation(tiff, endian)
    except struct.error:  # an offset or a count that leads past the end
        return 1


def _orientation(tiff: bytes, endian: str) -> int:
    (directory,) = struct.unpack_from(f"{endian}L", tiff, 4)
    (entries,) = struct.unpack_from(f"{endian}H", tiff, directory)
    for entry in range(entries):
        at = directory + 2 + entry * _ENTRY_BYTES
        tag, kind, count = struct.unpack_from(f"{endian}HHL", tiff, at)
        if tag == _ORIENTATION_TAG:
            if kind not in _INTEGER_TYPES or count != 1:
                return 1
            (value,) = struct.unpack_from(f"{endian}{_INTEGER_TYPES[kind]}", tiff, at + 8)
            return int(value) if 1 <= value <= 8 else 1
    return 1

"""Looking through an image file's parts before a decoder does, which trusts it with its time.

A small file can name a few pixels and still keep a decoder busy for minutes: thousands of scans
over the same picture, a million empty blocks, text that is put together piece by piece. Each
module here walks one format without decoding it and says no where there are far more parts than
any camera, shop or editor writes. Damaged files pass: the decoder has the better words for them.
"""

from __future__ import annotations

from collections.abc import Callable

from vsearch.images.formats import ImageFormat
from vsearch.images.structure import gif, jpeg, png, ppm, tiff

_CHECKS: dict[ImageFormat, Callable[[bytes], None]] = {
    ImageFormat.JPEG: jpeg.check,
    ImageFormat.PNG: png.check,
    ImageFormat.GIF: gif.check,
    ImageFormat.TIFF: tiff.check,
    ImageFormat.PPM: ppm.check,
}


def require_plain_structure(image_format: ImageFormat, data: bytes) -> None:
    """See that decoding a file takes a time in proportion to its bytes and pixels.

    Raises:
        ImageRejected: it has more parts than a picture has use for.
    """
    check = _CHECKS.get(image_format)
    if check is not None:
        check(data)

"""Thumbnails side by side on a few large pictures, which a browser loads far faster."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator

from PIL import Image

from vsearch.encoder.prefetch import batched

#: A sheet is at most this wide and high, in pixels: phones draw no larger ones.
_SHEET = 2048
_QUALITY = 75
_MISSING = (128, 128, 128)
_GROUND = (255, 255, 255)

#: Up to so many products, so many pixels a thumbnail.
_TILES = ((1_000, 128), (3_000, 96), (20_000, 64))
_SMALLEST_TILE = 48


def tile_side(count: int) -> int:
    """Pixels of a thumbnail's side where there are ``count``: the more, the smaller."""
    return next((side for most, side in _TILES if count <= most), _SMALLEST_TILE)


def columns_of(count: int, side: int) -> int:
    """How many thumbnails stand in a row and in a column of a sheet."""
    return max(1, min(_SHEET // side, math.ceil(math.sqrt(count))))


def thumbnail(picture: Image.Image | None, side: int) -> Image.Image:
    """A picture on a white square, (side, side) RGB; a grey one where there is none."""
    if picture is None:
        return Image.new("RGB", (side, side), _MISSING)
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.BICUBIC)
    square = Image.new("RGB", (side, side), _GROUND)
    square.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
    return square


def sheets(thumbnails: Iterable[Image.Image], side: int, columns: int) -> Iterator[bytes]:
    """Yield WebP files of ``columns`` x ``columns`` thumbnails, row by row; the last may be short.

    Args:
        thumbnails: (side, side) RGB each.
        side: in pixels.
        columns: thumbnails in a row and in a column.
    """
    for batch in batched(thumbnails, columns * columns):
        rows = math.ceil(len(batch) / columns)
        sheet = Image.new("RGB", (columns * side, rows * side), _GROUND)
        for place, one in enumerate(batch):
            sheet.paste(one, (place % columns * side, place // columns * side))
        file = io.BytesIO()
        sheet.save(file, "WEBP", quality=_QUALITY, method=4)
        yield file.getvalue()

"""Small copies of pictures, as files and as what a report carries inside itself."""

from __future__ import annotations

import base64
import io

from PIL import Image

from vsearch.images.rgb import to_rgb

_QUALITY = 80


def thumbnail_webp(image: Image.Image, side: int) -> bytes:
    """Return a small copy as a WebP file.

    Args:
        image: an upright picture of any mode; it stays as it is.
        side: in pixels; the long side is reduced to this, never enlarged.
    """
    small = to_rgb(image).copy()
    small.thumbnail((side, side))
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=_QUALITY)
    return buffer.getvalue()


def thumbnail_data_uri(image: Image.Image, side: int = 256) -> str:
    """Return a ``data:image/webp;base64,...`` URI for the ``src`` of an ``<img>``.

    Args:
        image: as for ``thumbnail_webp``.
        side: likewise.
    """
    encoded = base64.b64encode(thumbnail_webp(image, side)).decode("ascii")
    return f"data:image/webp;base64,{encoded}"

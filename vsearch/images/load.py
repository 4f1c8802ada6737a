"""Whatever a caller has of a picture, as an upright RGB one: the query side's way in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from vsearch.errors import ImageRejected
from vsearch.images.decode import decode, require_pixels_within
from vsearch.images.orientation import upright
from vsearch.images.read import read_file
from vsearch.images.rgb import to_rgb

ImageSource = str | Path | bytes | Image.Image | npt.NDArray[np.uint8]


def open_image(source: ImageSource, *, max_pixels: int, min_side: int | None = None) -> Image.Image:
    """Bring a picture into the form that encoders take.

    Args:
        source: a path, the bytes of an image file, a PIL image of any mode (upright by its
            EXIF orientation afterwards; itself unchanged), or a uint8 array of shape
            (h, w, 3) RGB, (h, w, 4) RGBA or (h, w) grey.
        max_pixels: width x height above this is rejected.
        min_side: as for ``decode``; without effect on images and arrays.

    Returns:
        A loaded image of mode RGB; a PIL image that was upright opaque RGB comes back itself.

    Raises:
        ImageRejected: it can't be read, or isn't what a picture looks like. The message is
            ``source: reason``.
    """
    try:
        match source:
            case bytes():
                return decode(source, max_pixels=max_pixels, min_side=min_side)
            case str() | Path():
                return decode(read_file(Path(source)), max_pixels=max_pixels, min_side=min_side)
            case Image.Image():
                return _from_pil(source, max_pixels)
            case np.ndarray():
                return _from_array(source, max_pixels)
    except ImageRejected as rejected:
        raise ImageRejected(rejected.reason, source=_name(source)) from rejected
    raise ImageRejected(f"a {type(source).__name__} is not a path, bytes, an image or an array")


def _name(source: ImageSource) -> str:
    match source:
        case str() | Path():
            return str(source)
        case bytes():
            return "image bytes"
        case Image.Image():
            return getattr(source, "filename", "") or "PIL image"
        case _:
            return "array"


def _from_pil(image: Image.Image, max_pixels: int) -> Image.Image:
    require_pixels_within(image.size, max_pixels)
    if 0 in image.size:
        raise ImageRejected(f"has no pixels ({image.width} x {image.height})")
    try:
        image.load()
        return upright(to_rgb(image), image.info.get("exif"))
    except ImageRejected:
        raise
    # A lazily opened file is read only now, and fails in as many ways as ``decode`` knows.
    except Exception as error:
        raise ImageRejected(f"damaged image: {error}") from error


def _from_array(array: npt.NDArray[np.uint8], max_pixels: int) -> Image.Image:
    if array.dtype != np.uint8:
        raise ImageRejected(f"dtype {array.dtype}; expected uint8 with values from 0 to 255")
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise ImageRejected(f"shape {array.shape}; expected (h, w), (h, w, 3) or (h, w, 4)")
    height, width = array.shape[:2]
    if 0 in (height, width):
        raise ImageRejected(f"has no pixels ({width} x {height})")
    require_pixels_within((width, height), max_pixels)
    return to_rgb(Image.fromarray(array))

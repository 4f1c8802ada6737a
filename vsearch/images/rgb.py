"""From a picture of any colour mode to 8-bit RGB."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from vsearch.errors import ImageRejected

_WHITE = (255, 255, 255)
_GREY_16_BIT = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})
_GREY_WITHOUT_RANGE = frozenset({"I", "F"})

Numbers = npt.NDArray[np.floating[Any]] | npt.NDArray[np.integer[Any]]


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert to mode RGB; what is transparent becomes white, in proportion to its alpha.

    Greyscale of 16 bits keeps its high byte, as Pillow itself does with 16-bit colour.
    32-bit integers and floats carry no range: values within 0-1 (floats only), 0-255 and
    0-65535 are taken as such, anything else is stretched from its least to its greatest.

    Returns:
        The image itself where it is opaque RGB already, otherwise a new one.

    Raises:
        ImageRejected: the mode has no conversion to RGB (CIE Lab).
    """
    if image.mode in _GREY_16_BIT:
        return _from_16_bit(image)
    if image.mode in _GREY_WITHOUT_RANGE:
        return _from_bytes(_to_8_bit(np.asarray(image)))
    if image.has_transparency_data:
        return _over_white(image)
    if image.mode == "LAB":
        raise ImageRejected("the colour mode CIE Lab is not supported; save it as RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _over_white(image: Image.Image) -> Image.Image:
    # Premultiplied grey has no direct way to RGBA.
    rgba = image.convert("LA") if image.mode == "La" else image
    # A picture as large as may be takes 320 MB: no copy of it that isn't needed.
    rgba = rgba if rgba.mode == "RGBA" else rgba.convert("RGBA")
    canvas = Image.new("RGB", image.size, _WHITE)
    canvas.paste(rgba, mask=rgba)
    return canvas


def _from_16_bit(image: Image.Image) -> Image.Image:
    values: npt.NDArray[np.uint16] = np.asarray(image)
    grey = (values >> 8).astype(np.uint8)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey[values == transparent] = 255
    return _from_bytes(grey)


def _to_8_bit(values: Numbers) -> npt.NDArray[np.uint8]:
    numbers = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    least, greatest = float(numbers.min()), float(numbers.max())
    if least >= 0 and greatest <= 1 and values.dtype.kind == "f":
        scaled = numbers * 255
    elif least >= 0 and greatest <= 255:
        scaled = numbers
    elif least >= 0 and greatest <= 65535:
        scaled = np.floor(numbers / 256)
    else:
        scaled = (numbers - least) * (255 / (greatest - least)) if greatest > least else numbers * 0
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def _from_bytes(grey: npt.NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(grey).convert("RGB")

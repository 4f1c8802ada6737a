"""Which part of a catalogue picture is the product, where its background is one plain colour."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

#: The longer side, in pixels, at which the background is looked for.
_SIDE = 160

#: A border whose colours spread by more than this (standard deviation, 0..255) is no background.
_PLAIN = 12.0

#: Less like the border's colour than this (0..255, largest channel) is the product.
_DIFFERENT = 24

#: A mask that leaves less, or takes more, than these shares of the picture is mistrusted.
_LEAST, _MOST = 0.05, 0.98


def product_mask(picture: Image.Image) -> Image.Image:
    """Mask the product of an RGB picture: mode L, 255 where it is, 0 where the background is.

    All 255 where the picture has no plain background: a scene is left whole.
    """
    small = picture.copy()
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.BILINEAR)
    pixels = np.asarray(small, dtype=np.int16)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    colour = np.median(border, axis=0)
    whole = Image.new("L", picture.size, 255)
    # The product may touch the border: half of it has to be plain.
    distance = np.abs(border - colour).max(axis=1)
    if np.median(distance) > _PLAIN or np.percentile(distance, 75) > 2 * _PLAIN:
        return whole
    product = _without_holes(np.abs(pixels - colour).max(axis=2) > _DIFFERENT)
    if not _LEAST < product.mean() < _MOST:
        return whole
    mask = Image.fromarray(product.astype(np.uint8) * 255)
    return mask.resize(picture.size, Image.Resampling.BILINEAR)


def _without_holes(product: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Add what has product on all four sides: a white label on a bottle before white."""

    def seen(axis: int) -> npt.NDArray[np.bool_]:
        before = np.logical_or.accumulate(product, axis=axis)
        after = np.flip(np.logical_or.accumulate(np.flip(product, axis), axis=axis), axis)
        both: npt.NDArray[np.bool_] = before & after
        return both

    return product | (seen(0) & seen(1))

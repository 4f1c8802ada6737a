"""CIE Lab: colours in which a distance of about 2 is just seen, and 10 plainly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ],
    dtype=np.float32,
)
_WHITE = np.array([0.95047, 1.0, 1.08883], dtype=np.float32)
_EPSILON = 216 / 24389
_KAPPA = 24389 / 27


def lab(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """(..., 3) float32 L (0-100), a and b (about ±100) of (..., 3) uint8 sRGB, under D65.

    >>> lab(np.array([255, 255, 255], dtype=np.uint8)).round(1) + 0.0
    array([100.,   0.,   0.], dtype=float32)
    """
    encoded = pixels.astype(np.float32) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    xyz = linear.astype(np.float32) @ (_TO_XYZ / _WHITE[:, None]).T
    roots = np.where(xyz > _EPSILON, np.cbrt(xyz), (_KAPPA * xyz + 16) / 116)
    x, y, z = roots[..., 0], roots[..., 1], roots[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)

"""Which parts of a picture a score hangs on: each is blurred out in turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from vsearch.encoder.interface import Embeddings, Encoder, Pixels

GRID = 14
"""Rows and columns that parts are told apart by."""

_SIDE = 4
_STARTS = (0, 2, 5, 8, 10)
# Of the picture's side: no print and no outline is left of what is blurred.
_BLUR = 0.1

Heat = npt.NDArray[np.float32]
"""(GRID, GRID) float32: by how much the cosine falls when the part is blurred out, below 0 where
it rises."""


@dataclass(frozen=True, slots=True, eq=False)
class Occluded:
    """A picture's embedding, whole and with each of its parts blurred out."""

    whole: npt.NDArray[np.float32]
    """(dim,) float32, L2-normalised."""

    without: Embeddings
    """(windows, dim), one for each of the overlapping windows."""

    def heat(self, other: npt.NDArray[np.float32]) -> Heat:
        """Which parts the cosine with another embedding hangs on.

        Args:
            other: (dim,) float32, L2-normalised.
        """
        lost = self.whole @ other - self.without @ other
        windows = _windows()
        heat: Heat = np.tensordot(lost, windows, 1) / windows.sum(axis=0)
        return heat.astype(np.float32)


def occlude(encoder: Encoder, pixels: Pixels) -> Occluded:
    """Embed a picture 26 times: as it is, and with each window blurred.

    Args:
        encoder: any.
        pixels: from its ``prepare``.
    """
    blurred = np.asarray(
        Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(_BLUR * max(pixels.shape[:2])))
    )
    height, width = pixels.shape[:2]
    rows = np.arange(height) * GRID // height
    columns = np.arange(width) * GRID // width
    windows = _windows()[:, rows[:, None], columns, None]
    embeddings = encoder.encode_prepared(
        np.concatenate([pixels[None], np.where(windows, blurred, pixels)])
    )
    return Occluded(embeddings[0], embeddings[1:])


def _windows() -> npt.NDArray[np.bool_]:
    """(windows, GRID, GRID) bool: squares that overlap and leave nothing out."""
    masks = np.zeros((len(_STARTS) ** 2, GRID, GRID), np.bool_)
    for number, mask in enumerate(masks):
        row, column = (_STARTS[at] for at in divmod(number, len(_STARTS)))
        mask[row : row + _SIDE, column : column + _SIDE] = True
    return masks

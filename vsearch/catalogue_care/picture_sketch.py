"""A picture reduced to what tells two of them apart: its content, 32 by 32, and its ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from vsearch.catalogue_care.lab import lab

#: Pixels of a sketch's side.
SIDE = 32

#: Values, of 0-255, that a plain ground may vary by: JPEG leaves about ten.
_GROUND_NOISE = 18

#: What share of the border is of the ground's colour where the ground is plain.
_PLAIN = 0.98

#: A row or column with less content than this is margin.
_MARGIN = 0.005

#: Content that is less than this of a side isn't cut out: there is next to none.
_LEAST_CONTENT = 0.1

_LOOKED_AT = 256
_QUANTILES = np.linspace(0.03, 0.97, 16)


@dataclass(frozen=True, slots=True)
class Sketch:
    """One picture, in 3 KiB."""

    pixels: npt.NDArray[np.uint8]
    """(SIDE, SIDE, 3) RGB: the content without its margins, stretched."""

    ground: npt.NDArray[np.uint8]
    """(3,) RGB: the border's median colour."""

    is_plain: bool
    """Whether the ground goes on around the content, as in a cut-out."""

    palette: npt.NDArray[np.float32]
    """(48,) which colours it has, wherever they are, in CIE Lab: pictures of one thing have nearly
    the same ones however they are cut."""


def sketch(picture: Image.Image) -> Sketch:
    """Reduce an RGB picture of any size; margins of one colour don't matter afterwards."""
    small = picture.copy()
    small.thumbnail((_LOOKED_AT, _LOOKED_AT), Image.Resampling.BILINEAR)
    values = np.asarray(small, dtype=np.int16)
    border = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    ground = np.median(border, axis=0)
    is_plain = bool((np.abs(border - ground).max(axis=-1) <= _GROUND_NOISE).mean() >= _PLAIN)
    box = _content(np.abs(values - ground).max(axis=-1) > _GROUND_NOISE)
    reduced = small.resize((SIDE, SIDE), Image.Resampling.LANCZOS, box=box)
    pixels = np.asarray(reduced, dtype=np.uint8)
    return Sketch(pixels, ground.astype(np.uint8), is_plain, _palette(pixels))


def _palette(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    return np.quantile(lab(pixels).reshape(-1, 3), _QUANTILES, axis=0).ravel().astype(np.float32)


def _content(is_content: npt.NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of what isn't margin, in pixels."""
    height, width = is_content.shape
    rows = np.flatnonzero(is_content.mean(axis=1) > _MARGIN)
    columns = np.flatnonzero(is_content.mean(axis=0) > _MARGIN)
    if len(rows) < height * _LEAST_CONTENT or len(columns) < width * _LEAST_CONTENT:
        return 0, 0, width, height
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1

"""How different two pictures are once one is laid over the other: a colour distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vsearch.catalogue_care.alignment import IDENTITY, aligned, sampled
from vsearch.catalogue_care.lab import lab
from vsearch.catalogue_care.picture_sketch import SIDE, Sketch

#: Pixels of a cell's side: what differs in one place only, a label or an added wave, fills one.
_CELL = 4

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Side:
    colours: Floats
    """(n, SIDE, SIDE, 3) CIE Lab."""
    ground: Floats
    """(n, 3)"""
    is_plain: npt.NDArray[np.bool_]
    """(n,)"""


def differences(first: Sequence[Sketch], second: Sequence[Sketch]) -> Floats:
    """(n,) float32: the colour distance (CIE76, 0 to about 150) in the cell that differs most.

    Each second picture is compared as it is, and shifted and scaled to where the first fits
    best, so that re-encoded, resized, cropped and padded copies come out low, other colours,
    other labels and other things high. Symmetric. What only one of two photos shows, at its
    edges, isn't compared; around a cut-out its ground goes on.

    Args:
        first: n pictures.
        second: n others.
    """
    one, other = _side(first), _side(second)
    forward, backward = _laid_over(one, other), _laid_over(other, one)
    # A cut-out has to fit both ways. A crop of a photo fits into the whole only one way.
    both_plain = one.is_plain & other.is_plain
    return np.where(both_plain, np.maximum(forward, backward), np.minimum(forward, backward))


def _side(sketches: Sequence[Sketch]) -> _Side:
    return _Side(
        lab(np.stack([one.pixels for one in sketches])),
        lab(np.stack([one.ground for one in sketches])),
        np.array([one.is_plain for one in sketches]),
    )


def _laid_over(moved: _Side, fixed: _Side) -> Floats:
    placements = (
        np.tile(IDENTITY, (len(moved.colours), 1)),
        aligned(moved.colours[..., 0], fixed.colours[..., 0]),
    )
    return np.minimum(*(_worst_cell(moved, fixed, placement) for placement in placements))


def _worst_cell(moved: _Side, fixed: _Side, placement: Floats) -> Floats:
    colours, inside = sampled(moved.colours, placement)
    colours = np.where(inside[..., None], colours, moved.ground[:, None, None, :])
    counted = inside | moved.is_plain[:, None, None]
    distance = np.linalg.norm(colours - fixed.colours, axis=-1)
    cells = (len(distance), SIDE // _CELL, _CELL, SIDE // _CELL, _CELL)
    total = np.where(counted, distance, 0).reshape(cells).sum(axis=(2, 4))
    # A cell of which little is compared says little.
    count = np.maximum(counted.reshape(cells).sum(axis=(2, 4)), _CELL * _CELL / 2)
    worst: Floats = (total / count).reshape(len(distance), -1).max(axis=1).astype(np.float32)
    return worst

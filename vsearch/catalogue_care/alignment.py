"""Laying pictures over each other: shift and scale by least squares (Lucas and Kanade)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Placements = npt.NDArray[np.float32]
"""(n, 4): scale in x and y, shift in x and y. Where a pixel of the fixed picture is found in the
moved one; the sides of both run from -1 to 1."""

IDENTITY: Placements = np.array([1, 1, 0, 0], dtype=np.float32)

_STEPS = 8
_LONGEST_STEP = 0.15
_SCALES = (0.6, 1.6)
_FARTHEST = 0.5

#: A grey value that is this far off, of 0-100, counts half: what isn't in the other picture
#: must not pull at it.
_OUTLIER = 10.0

#: Holds on to where it is, where a picture has no edges to go by.
_DAMPING = 2.0


def aligned(moved: Floats, fixed: Floats) -> Placements:
    """Find where each of n pictures fits over another, starting from where they are.

    Args:
        moved: (n, side, side), lightness 0 to 100.
        fixed: (n, side, side), likewise.
    """
    count, side = moved.shape[:2]
    slopes = np.stack(
        [moved, np.gradient(moved, 2 / side, axis=2), np.gradient(moved, 2 / side, axis=1)], axis=-1
    ).astype(np.float32)
    x = np.broadcast_to(_axis(side)[None, None, :], fixed.shape)
    y = np.broadcast_to(_axis(side)[None, :, None], fixed.shape)
    placement = np.tile(IDENTITY, (count, 1))
    for _ in range(_STEPS):
        values, inside = sampled(slopes, placement)
        error = fixed - values[..., 0]
        weight = inside / (1 + (error / _OUTLIER) ** 2)
        dx, dy = values[..., 1], values[..., 2]
        jacobian = np.stack([dx * x, dy * y, dx, dy], axis=-1).reshape(count, -1, 4)
        weighted = jacobian * weight.reshape(count, -1, 1)
        normal = weighted.transpose(0, 2, 1) @ jacobian + np.eye(4) * (_DAMPING * side * side)
        gain = weighted.transpose(0, 2, 1) @ error.reshape(count, -1, 1)
        step = np.linalg.solve(normal, gain)[..., 0]
        placement = placement + np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        placement[:, :2] = np.clip(placement[:, :2], *_SCALES)
        placement[:, 2:] = np.clip(placement[:, 2:], -_FARTHEST, _FARTHEST)
    return placement.astype(np.float32)


def sampled(pictures: Floats, placement: Placements) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Look up each picture at its placement, between pixels linearly.

    Args:
        pictures: (n, side, side, channels).
        placement: (n, 4).

    Returns:
        (n, side, side, channels) values, and (n, side, side): which of them lie inside; outside,
        the edge goes on.
    """
    side = pictures.shape[1]
    left, right, across, in_width = _between(side, placement[:, 0], placement[:, 2])
    above, below, down, in_height = _between(side, placement[:, 1], placement[:, 3])
    number = np.arange(len(pictures))[:, None, None]
    across, down = across[:, None, :, None], down[:, :, None, None]

    def at(rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]) -> Floats:
        return pictures[number, rows[:, :, None], columns[:, None, :]]

    upper = at(above, left) * (1 - across) + at(above, right) * across
    lower = at(below, left) * (1 - across) + at(below, right) * across
    values: Floats = (upper * (1 - down) + lower * down).astype(np.float32, copy=False)
    inside = in_height[:, :, None] & in_width[:, None, :]
    return values, inside


def _axis(side: int) -> Floats:
    return ((np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1).astype(np.float32)


def _between(
    side: int, scale: Floats, shift: Floats
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Floats, npt.NDArray[np.bool_]]:
    """The pixels before and after each place on one axis, how far between, and if inside."""
    place = scale[:, None] * _axis(side) + shift[:, None]
    pixel = np.clip((place + 1) * side / 2 - 0.5, 0, side - 1)
    before = np.minimum(pixel.astype(np.intp), side - 2)
    return before, before + 1, (pixel - before).astype(np.float32), np.abs(place) <= 1

"""Connected parts of many small masks at once, in NumPy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Masks = npt.NDArray[np.bool_]
"""(n, rows, columns) bool."""


def connected_parts(masks: Masks) -> Masks:
    """Take masks apart where their cells share no side.

    Args:
        masks: (n, rows, columns) bool.

    Returns:
        (m, rows, columns) bool: each part once, however many masks have it.
    """
    labels = _labels(masks)
    parts = [
        np.equal(labelled, label) for labelled in labels for label in np.unique(labelled) if label
    ]
    distinct = {part.tobytes(): part for part in parts}
    return np.array([*distinct.values()], np.bool_).reshape(-1, *masks.shape[1:])


def grown(masks: Masks, by: int) -> Masks:
    """Widen each mask by so many cells on every side, diagonally too."""
    for axis in (1, 2):
        length = masks.shape[axis]
        wide = np.pad(masks, [(0, 0), *((by, by) if at == axis else (0, 0) for at in (1, 2))])
        shifted = [np.take(wide, range(at, at + length), axis) for at in range(2 * by + 1)]
        masks = np.any(shifted, axis=0)
    return masks


def bounds(masks: Masks) -> npt.NDArray[np.int64]:
    """The smallest block around each mask that has a cell.

    Returns:
        (n, 4) int64: its first row, first column, rows and columns.
    """
    by_row = np.logical_or.reduce(masks, axis=2)
    by_column = np.logical_or.reduce(masks, axis=1)
    first_row, first_column = by_row.argmax(axis=1), by_column.argmax(axis=1)
    rows = masks.shape[1] - by_row[:, ::-1].argmax(axis=1) - first_row
    columns = masks.shape[2] - by_column[:, ::-1].argmax(axis=1) - first_column
    return np.stack([first_row, first_column, rows, columns], axis=1)


def _labels(masks: Masks) -> npt.NDArray[np.int64]:
    """(n, rows, columns) int64: 0 outside, one number above 0 for the cells of a part."""
    cells = np.arange(1, masks[:1].size + 1).reshape(1, *masks.shape[1:])
    labels = np.where(masks, cells, 0)
    while True:
        # The largest number wanders through its part, one cell a round.
        wide = np.pad(labels, ((0, 0), (1, 1), (1, 1)))
        across = np.maximum(wide[:, 1:-1, :-2], wide[:, 1:-1, 2:])
        down = np.maximum(wide[:, :-2, 1:-1], wide[:, 2:, 1:-1])
        spread = np.where(masks, np.maximum(np.maximum(across, down), labels), 0)
        if np.array_equal(spread, labels):
            return labels
        labels = spread

"""Connected parts against a flood fill, one cell at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vsearch.patches.connected import Masks, bounds, connected_parts, grown

masks = arrays(np.bool_, st.tuples(st.integers(1, 3), st.integers(1, 7), st.integers(1, 7)))


def flood(mask: np.ndarray) -> set[frozenset[tuple[int, int]]]:
    left = {(int(row), int(column)) for row, column in np.argwhere(mask)}
    parts = set()
    while left:
        front, part = [left.pop()], set()
        while front:
            row, column = front.pop()
            part.add((row, column))
            for near in (
                (row + 1, column),
                (row - 1, column),
                (row, column + 1),
                (row, column - 1),
            ):
                if near in left:
                    left.remove(near)
                    front.append(near)
        parts.add(frozenset(part))
    return parts


@given(masks)
def test_parts_are_what_a_flood_fill_finds(masks: Masks) -> None:
    parts = connected_parts(masks)
    cells = [frozenset((int(r), int(c)) for r, c in np.argwhere(part)) for part in parts]
    assert len(set(cells)) == len(cells)
    assert set(cells) == set().union(*(flood(mask) for mask in masks))


@given(masks)
def test_bounds_hold_every_cell_and_touch_all_four_edges(masks: Masks) -> None:
    masks = masks[masks.any(axis=(1, 2))]
    for mask, (row, column, rows, columns) in zip(masks, bounds(masks), strict=True):
        inside = mask[row : row + rows, column : column + columns]
        assert inside.sum() == mask.sum()
        edges = (inside[0], inside[-1], inside[:, 0], inside[:, -1])
        assert all(edge.any() for edge in edges)


@given(masks, st.integers(0, 3))
def test_grown_reaches_so_many_cells(masks: Masks, by: int) -> None:
    _, rows, columns = masks.shape
    wanted = np.zeros_like(masks)
    for number, row, column in np.argwhere(masks):
        wanted[
            number,
            max(0, row - by) : min(rows, row + by + 1),
            max(0, column - by) : min(columns, column + by + 1),
        ] = True
    np.testing.assert_array_equal(grown(masks, by), wanted)

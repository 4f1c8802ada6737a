"""Points moved to the places of a grid, so that pictures don't lie over each other."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from vsearch.catalogue_care.projection import Points


def grid_places(points: Points) -> npt.NDArray[np.int64]:
    """(n, 2) int64 column and row, each place used once, in a grid about as wide as high.

    The grid is halved again and again, and with it the points, by x or by y: what was left of
    others stays left of them. The last row may have gaps.
    """
    count = len(points)
    places = np.zeros((count, 2), dtype=np.int64)
    columns = max(1, math.ceil(math.sqrt(count)))
    rows = max(1, math.ceil(count / columns))
    waiting = [(np.arange(count), 0, 0, columns, rows)]
    while waiting:
        members, left, top, width, height = waiting.pop()
        if not len(members):
            continue
        if width == height == 1:
            places[members] = left, top
            continue
        across = width >= height
        half = (width if across else height) // 2
        order = members[np.argsort(points[members, 0 if across else 1], kind="stable")]
        room = half * (height if across else width)
        cut = min(room, len(order)) if not across else _cut(len(order), room, width * height)
        first, second = order[:cut], order[cut:]
        waiting.append((first, left, top, *((half, height) if across else (width, half))))
        if across:
            waiting.append((second, left + half, top, width - half, height))
        else:
            waiting.append((second, left, top + half, width, height - half))
    return places


def _cut(count: int, room: int, total: int) -> int:
    """How many of ``count`` go into ``room`` of ``total`` places, the gaps shared fairly."""
    return min(room, max(count - (total - room), round(count * room / total)))

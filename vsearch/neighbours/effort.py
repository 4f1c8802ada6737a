"""How far a picture must look so that it finds its neighbours: measured on a sample."""

from __future__ import annotations

import numpy as np

from vsearch.index.interface import NO_ID
from vsearch.neighbours.join import Join
from vsearch.neighbours.lists import Lists
from vsearch.neighbours.ragged import Numbers

#: Pictures that the reach is measured with.
SAMPLE = 512

#: Of the neighbours that may be missed so much is kept in hand: other pictures, other luck.
_IN_HAND = 0.25

#: Beyond every list.
_EVERYWHERE = float("inf")


def reach_for(
    join: Join, lists: Lists, rows: Numbers, *, nearest: int, wanted: int, recall: float
) -> float:
    """The reach with which this share of the nearest pictures is found.

    A list is worth a visit where it may hold something nearer than what was found so far: where
    that is few standard deviations above what the list usually holds. How few, the true
    neighbours of a sample tell.

    Args:
        join: over all lists.
        lists: those lists.
        rows: the sample.
        nearest: how many neighbours count.
        wanted: how many will be asked for.
        recall: which share of them is to be found, 0 to 1.
    """
    true = join.nearest(rows, nearest + 1, everywhere=True).rows
    true[true == rows[:, None]] = NO_ID
    list_of = np.full(int(lists.order.max(initial=-1)) + 2, -1, np.int64)
    list_of[lists.order] = np.repeat(np.arange(len(lists)), lists.sizes)
    first, least = join.visited_first(rows, wanted)
    needed = join.unlikeliness(rows, least)
    needed[first] = -_EVERYWHERE
    known = true != NO_ID
    place = np.where(known, list_of[true], 0)
    needs = np.take_along_axis(needed, place, axis=1)[known]
    if not len(needs):
        return 0.0
    share = recall + _IN_HAND * (1 - recall)
    return max(0.0, float(np.quantile(needs, share, method="higher")))

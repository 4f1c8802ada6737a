"""One order that serves several interests, each by its share."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import floor

#: How much of its share an interest is sure of. The whole of it would put what is only likely
#: for one interest before what is likely for several.
_SERVED = 0.5


def interleaved(
    order: Sequence[int], interest: Sequence[int], shares: Sequence[float], k: int
) -> list[int]:
    """The first k, so that every interest is served.

    At every place an interest has had half of its share of the places up to there, rounded
    down, as long as there is something for it; all other places go to what is best.

    >>> interleaved([0, 1, 2, 3, 4], [0, 0, 0, 0, 1], [0.5, 0.5], 5)
    [0, 1, 2, 4, 3]

    Args:
        order: candidates, the best first.
        interest: of each candidate, by its number.
        shares: of each interest; they sum to 1.
        k: how many.
    """
    due = [_SERVED * share for share in shares]
    waiting = [deque(one for one in order if interest[one] == own) for own in range(len(shares))]
    every = deque(order)
    served = [0] * len(shares)
    taken: dict[int, None] = {}
    while len(taken) < min(k, len(order)):
        urgent = _urgent(due, served, waiting, len(taken) + 1)
        one = (every if urgent is None else waiting[urgent]).popleft()
        if one not in taken:
            taken[one] = None
            served[interest[one]] += 1
            if urgent is None:
                waiting[interest[one]].popleft()  # The best of all is the best of its own.
    return list(taken)


def _urgent(
    due: Sequence[float], served: Sequence[int], waiting: Sequence[Sequence[int]], place: int
) -> int | None:
    """The interest that this place has to go to; None where it may go to anyone.

    It has to where all places from this one to some later one are owed: several interests may
    come due at the same place. All of them together are owed half of the places, so looking
    twice as far ahead as there are interests is far enough.
    """
    for end in range(place, place + 2 * len(due) + 1):
        owed = {
            own: min(len(left), floor(due[own] * end + 1e-9) - served[own])
            for own, left in enumerate(waiting)
        }
        owed = {own: places for own, places in owed.items() if places > 0}
        if sum(owed.values()) > end - place:
            # Who is due first; it is among these, since nobody was before this end.
            return min(owed, key=lambda own: ((served[own] + 1) / due[own], own))
    return None

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
        behind = [
            (due[own] * (len(taken) + 1) - served[own], -own)
            for own, left in enumerate(waiting)
            if left and served[own] < floor(due[own] * (len(taken) + 1) + 1e-9)
        ]
        queue = waiting[-max(behind)[1]] if behind else every
        one = queue.popleft()
        if one not in taken:
            taken[one] = None
            served[interest[one]] += 1
    return list(taken)

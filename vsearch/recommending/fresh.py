"""Some places for products that nobody has met: nothing else would ever make them known."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import floor


def with_unmet(
    places: Sequence[int], order: Sequence[int], is_unmet: Sequence[bool], share: float
) -> list[int]:
    """The same many, so that of the first n at least n times the share, rounded down, are unmet.

    As long as there are any: the best come in where too few have come by themselves, and what
    was there moves on.

    >>> with_unmet([0, 1, 2, 3], [0, 1, 2, 3, 4, 5], [False, False, False, False, True, True], 0.5)
    [0, 4, 1, 5]

    Args:
        places: the candidates that would be shown, the first one first.
        order: all candidates, the best first.
        is_unmet: of each candidate, by its number.
        share: 0 to 1.
    """
    waiting = deque(one for one in order if is_unmet[one])
    others = deque(places)
    taken: dict[int, None] = {}
    unmet = 0
    while len(taken) < len(places):
        due = floor(share * (len(taken) + 1) + 1e-9)
        one = (waiting if waiting and unmet < due else others).popleft()
        if one not in taken:
            taken[one] = None
            unmet += is_unmet[one]
    return list(taken)

"""Two rankings made one: by looks and by words."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

#: How little the first places differ: the constant of the paper.
_SMOOTHING = 60

_Key = TypeVar("_Key", bound=Hashable)


def reciprocal_rank_fusion(*rankings: Sequence[_Key]) -> list[_Key]:
    """Order keys by the sum of 1 / (60 + rank) over the rankings that have them.

    Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion Outperforms Condorcet and Individual
    Rank Learning Methods", SIGIR 2009. Equal sums keep the order of the first ranking.

    >>> reciprocal_rank_fusion([1, 2, 3], [3, 2, 9])
    [3, 2, 1, 9]
    """
    sums: dict[_Key, float] = {}
    for ranking in rankings:
        for rank, one in enumerate(ranking, start=1):
            sums[one] = sums.get(one, 0.0) + 1 / (_SMOOTHING + rank)
    return sorted(sums, key=lambda one: -sums[one])

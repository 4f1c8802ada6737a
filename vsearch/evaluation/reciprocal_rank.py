"""How far down the first right answer stands."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vsearch.evaluation.matches import Matches
from vsearch.evaluation.metrics import PerQuery


def reciprocal_rank(matches: Matches) -> PerQuery:
    """One over the place of the first right one, 0 where the ranking has none; its mean is MRR.

    Voorhees, "The TREC-8 Question Answering Track Report", 1999. With equal scores it is the mean
    over their orders: of t equal ones, r of them right, the first right one stands at place j with
    probability C(t - j, r - 1) / C(t, r).

    >>> from vsearch.evaluation.matches import match_rankings
    >>> rankings = [np.array([False, True]), np.array([True, False]), np.array([False, False])]
    >>> reciprocal_rank(match_rankings(rankings, [1, 1, 1])).tolist()
    [0.5, 1.0, 0.0]
    """
    ranks = np.where(matches.relevant > 0, 0.0, np.nan)
    number, first = np.unique(matches.query, return_index=True)
    above, tied, right = matches.above[first], matches.tied[first], matches.right[first]
    ranks[number] = 1 / (above + 1)
    for row in np.flatnonzero(tied > 1):
        ranks[number[row]] = _expected(int(above[row]), int(tied[row]), int(right[row]))
    return ranks


def _expected(above: int, tied: int, right: int) -> float:
    places = np.arange(1, tied - right + 2, dtype=np.float64)
    # C(t - j - 1, r - 1) / C(t - j, r - 1) = (t - j - r + 1) / (t - j)
    steps: npt.NDArray[np.float64] = (tied - places[:-1] - right + 1) / (tied - places[:-1])
    probabilities = right / tied * np.cumprod(np.concatenate([[1.0], steps]))
    return float((probabilities / (above + places)).sum())

"""Retrieval metrics, one figure a query: (q,) float64 from 0 to 1.

A query that has nothing right to find gets NaN, which ``bootstrap`` leaves out. Where scores are
equal, a figure is the mean over all orders of the equal ones (McSherry and Najork, "Computing
Information Retrieval Performance Measures Efficiently in the Presence of Tied Scores", ECIR 2008).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vsearch.evaluation.matches import Matches

PerQuery = npt.NDArray[np.float64]
"""(q,) float64 from 0 to 1; NaN for a query that has nothing to find."""


def recall_at_k(matches: Matches, k: int) -> PerQuery:
    """Whether at least one of the first k is right: R@k as metric learning reports it.

    Oh Song et al., "Deep Metric Learning via Lifted Structured Feature Embedding", CVPR 2016,
    section 6. With equal scores it is the probability of that: of t equal pictures, r of them
    right, j stand among the first k, and all of these are wrong with probability
    C(t - r, j) / C(t, j).

    >>> from vsearch.evaluation.matches import match_rankings
    >>> matches = match_rankings([np.array([False, True]), np.array([True, False])], [1, 1])
    >>> recall_at_k(matches, 1).tolist(), recall_at_k(matches, 2).tolist()
    ([0.0, 1.0], [1.0, 1.0])
    """
    _require_positive(k)
    hits = np.zeros(matches.queries)
    # Only the best group with a right picture decides: past its end, one has been met.
    number, first = np.unique(matches.query, return_index=True)
    above, tied, right = matches.above[first], matches.tied[first], matches.right[first]
    drawn = np.clip(k - above, 0, tied)
    miss = np.ones(len(first))
    # C(t - r, j) / C(t, j) = product over i < r of (t - j - i) / (t - i)
    for step in range(int(right.max(initial=0))):
        counts = step < right
        miss[counts] *= np.maximum(tied - drawn - step, 0)[counts] / (tied - step)[counts]
    hits[number] = 1 - miss
    return _nan_where_nothing(hits, matches)


def precision_at_k(matches: Matches, k: int) -> PerQuery:
    """The share of right pictures among the first k.

    Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, section 8.4.
    Where the gallery has less than k right ones it can't reach 1.

    >>> from vsearch.evaluation.matches import match_rankings
    >>> precision_at_k(match_rankings([np.array([True, False, True, True])], [3]), 4).tolist()
    [0.75]
    """
    _require_positive(k)
    found = matches.right * np.clip(k - matches.above, 0, matches.tied) / matches.tied
    return _nan_where_nothing(_sum_by_query(found, matches) / k, matches)


def average_precision(matches: Matches) -> PerQuery:
    """Precision at the place of each right picture, averaged over all right ones: AP.

    Manning, Raghavan and Schütze, section 8.4, over the whole ranking; its mean over queries is
    mAP. A right picture that a ranking doesn't have counts as precision 0. With equal scores,
    McSherry and Najork's expectation: for t equal pictures below g others, r of them right and R
    right ones above,

        (r / t) · Σ_{i=1..t} (R + 1 + (i - 1)(r - 1)/(t - 1)) / (g + i)

    >>> from vsearch.evaluation.matches import match_rankings
    >>> matches = match_rankings([np.array([True, False, True, False])], [2])
    >>> average_precision(matches).tolist() == [(1 / 1 + 2 / 3) / 2]
    True
    """
    above, tied, right = matches.above, matches.tied, matches.right
    running = np.cumsum(right) - right
    # Right pictures above, counted from the beginning of each query.
    before = running - running[np.searchsorted(matches.query, matches.query, side="left")]
    alone = tied == 1
    sums = np.empty(len(above))
    sums[alone] = (before[alone] + 1) / (above[alone] + 1)
    if not alone.all():
        g, t, r = above[~alone], tied[~alone], right[~alone]
        # Σ 1/(g + i) = H(g + t) - H(g), and (i - 1)/(g + i) = 1 - (g + 1)/(g + i).
        harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, (g + t).max() + 1))])
        inverse = harmonic[g + t] - harmonic[g]
        slope = (r - 1) / (t - 1)
        constant = (before[~alone] + 1) * inverse
        sums[~alone] = (r / t) * (constant + slope * (t - (g + 1) * inverse))
    with np.errstate(invalid="ignore"):
        return _sum_by_query(sums, matches) / matches.relevant


def _sum_by_query(values: npt.NDArray[np.float64], matches: Matches) -> PerQuery:
    # It is float64 already, which NumPy's types don't tell.
    return np.bincount(matches.query, values, minlength=matches.queries).astype(np.float64)


def _nan_where_nothing(values: PerQuery, matches: Matches) -> PerQuery:
    return np.where(matches.relevant > 0, values, np.nan)


def _require_positive(k: int) -> None:
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")

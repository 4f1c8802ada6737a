"""How near a ranking comes to the best that could be given."""

from __future__ import annotations

import numpy as np

from vsearch.evaluation.matches import Matches
from vsearch.evaluation.metrics import PerQuery


def ndcg_at_k(matches: Matches, k: int) -> PerQuery:
    """Discounted cumulative gain of the first k, over that of an ideal ranking: nDCG@k.

    Järvelin and Kekäläinen, "Cumulated Gain-Based Evaluation of IR Techniques", ACM TOIS 2002, in
    the form that trec_eval computes: a right one at place i gains 1 / log2(i + 1), a wrong one
    nothing. With equal scores, McSherry and Najork's expectation: each place that t equal ones
    share gains r / t of its worth, where r of them are right.

    >>> from vsearch.evaluation.matches import match_rankings
    >>> matches = match_rankings([np.array([False, True, True]), np.array([True, True])], [2, 2])
    >>> found, ideal = 1 / np.log2(3) + 1 / np.log2(4), 1 / np.log2(2) + 1 / np.log2(3)
    >>> ndcg_at_k(matches, 3).tolist() == [found / ideal, 1.0], ndcg_at_k(matches, 1).tolist()
    (True, [0.0, 1.0])
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    worth = np.append(1 / np.log2(np.arange(2, k + 2)), 0.0)
    together = np.append(0.0, np.cumsum(worth[:k]))
    start, end = np.minimum(matches.above, k), np.minimum(matches.above + matches.tied, k)
    # Alone at its place, without the rounding of a difference: an ideal ranking gets 1 exactly.
    gains = np.where(matches.tied == 1, worth[start], together[end] - together[start])
    gains *= matches.right / matches.tied
    found = np.bincount(matches.query, gains, minlength=matches.queries)
    ideal = together[np.minimum(matches.relevant, k)]
    ratios: PerQuery = np.full(matches.queries, np.nan)
    np.divide(found, ideal, out=ratios, where=ideal > 0)
    return ratios

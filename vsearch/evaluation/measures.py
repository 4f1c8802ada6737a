"""The figures that a search is judged by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from vsearch.evaluation.matches import Matches
from vsearch.evaluation.metrics import PerQuery, average_precision, precision_at_k, recall_at_k
from vsearch.evaluation.ndcg import ndcg_at_k
from vsearch.evaluation.reciprocal_rank import reciprocal_rank


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure a query, whose mean is reported."""

    name: str
    """For people: ``R@1``."""

    key: str
    """For programs: ``recall_at_1``."""

    meaning: str
    per_query: Callable[[Matches], PerQuery]


def _recall(k: int) -> Measure:
    meaning = f"share of queries with something right among the first {k}"
    if k == 1:
        meaning = "share of queries whose first hit is right"
    return Measure(f"R@{k}", f"recall_at_{k}", meaning, partial(recall_at_k, k=k))


MEASURES = (
    _recall(1),
    _recall(5),
    _recall(10),
    Measure(
        "mAP", "mean_average_precision", "how far up all that is right stands", average_precision
    ),
    Measure(
        "MRR", "mean_reciprocal_rank", "one over the place of the first right hit", reciprocal_rank
    ),
    Measure(
        "nDCG@10",
        "ndcg_at_10",
        "gain of the first 10 over the best possible",
        partial(ndcg_at_k, k=10),
    ),
    Measure(
        "P@10",
        "precision_at_10",
        "share of the first 10 that is right",
        partial(precision_at_k, k=10),
    ),
)
"""In the order in which they are shown; none looks past place 10 but mAP and MRR."""

DEEPEST = 10
"""How deep a ranking must be for all of them."""

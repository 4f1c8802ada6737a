"""The figures that a recommender is judged by, one a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vsearch.evaluation.matches import match_rankings
from vsearch.evaluation.metrics import recall_at_k
from vsearch.evaluation.ndcg import ndcg_at_k
from vsearch.evaluation.reciprocal_rank import reciprocal_rank
from vsearch.recommender_evaluation.gallery import Gallery, Rows
from vsearch.recommender_evaluation.popularity import PerProduct

PerCase = npt.NDArray[np.float64]
"""(q,) one figure a case; NaN where it has none."""

RECALL, NDCG, MRR = "recall", "ndcg", "mrr"
NOVELTY, SECTIONS, LOOKS, BIAS = (
    "novelty",
    "category_diversity",
    "looks_diversity",
    "popularity_bias",
)

#: By their keys, in the order in which they are shown. All but MRR look at the first k.
MEASURES: Mapping[str, str] = {
    RECALL: "share of cases whose product is among the first k",
    NDCG: "1 / log2(place + 1) of it, 0 beyond k",
    MRR: "1 / place of it, however far down",
    NOVELTY: "bits of surprise: -log2 of the share of shoppers who had met a recommended product",
    SECTIONS: "share of pairs of recommended products of different first-level categories",
    LOOKS: "1 - cosine similarity of pairs of recommended products",
    BIAS: "how much more popular than what was taken: by places among all products, -1 to 1",
}


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What the time before the cut tells of the n products."""

    met_by: PerProduct
    """(n,) by how many shoppers each was met."""
    shoppers: int


def measure(
    rankings: Sequence[Rows], targets: Rows, gallery: Gallery, known: Known, k: int
) -> dict[str, PerCase]:
    """Every measure's figures.

    Args:
        rankings: for each of q cases the rows of what was recommended, the best first.
        targets: (q,) the row of what was taken.
        gallery: the products.
        known: what was known of them.
        k: how many recommendations are shown.
    """
    right = [ranking == target for ranking, target in zip(rankings, targets, strict=True)]
    matches = match_rankings(right, np.ones(len(targets), np.int64))
    surprise = np.log2((known.shoppers + 1) / (known.met_by + 1))
    places = _popularity_places(known.met_by)
    shown = [ranking[:k] for ranking in rankings]
    return {
        RECALL: recall_at_k(matches, k),
        NDCG: ndcg_at_k(matches, k),
        MRR: reciprocal_rank(matches),
        NOVELTY: _of_each([_mean(surprise[rows]) for rows in shown]),
        SECTIONS: _of_each([_different(gallery.sections[rows]) for rows in shown]),
        LOOKS: _of_each([_apart(gallery.embeddings[rows]) for rows in shown]),
        BIAS: _of_each([_mean(places[rows]) for rows in shown]) - places[targets],
    }


def coverage(rankings: Sequence[Rows], products: int, k: int) -> float:
    """The share of all products that is among the first k of any case. More cases cover more."""
    shown = [ranking[:k] for ranking in rankings]
    return len(np.unique(np.concatenate(shown))) / products if shown and products else 0.0


def _popularity_places(met_by: PerProduct) -> PerProduct:
    """(n,) the share of products that are less popular; of equal ones half counts. 0 to 1."""
    ordered = np.sort(met_by)
    below = np.searchsorted(ordered, met_by, side="left")
    until = np.searchsorted(ordered, met_by, side="right")
    places: PerProduct = (below + until) / 2 / max(1, len(met_by))
    return places


def _different(categories: Rows) -> float:
    """Of the pairs of products, how many are of different categories."""
    count = len(categories)
    if count < 2:
        return np.nan
    _, sizes = np.unique(categories, return_counts=True)
    return float(1 - (sizes * (sizes - 1)).sum() / (count * (count - 1)))


def _apart(embeddings: npt.NDArray[np.float32]) -> float:
    """The mean of 1 - cosine similarity over the pairs."""
    count = len(embeddings)
    if count < 2:
        return np.nan
    total = embeddings.sum(axis=0, dtype=np.float64)
    alone = np.square(embeddings, dtype=np.float64).sum()
    return float(1 - (total @ total - alone) / (count * (count - 1)))


def _mean(values: PerProduct) -> float:
    return float(values.mean()) if len(values) else np.nan


def _of_each(values: list[float]) -> PerCase:
    return np.array(values, np.float64)

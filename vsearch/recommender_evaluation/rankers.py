"""What is compared: anything that ranks products for a case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vsearch.recommender_evaluation.cases import Case
from vsearch.recommender_evaluation.gallery import Gallery

Scores = npt.NDArray[np.float64]
"""(n,) one a product of the gallery, the higher the better; -inf for what isn't to be ranked."""


@dataclass(frozen=True, slots=True)
class Ranker:
    """One system."""

    name: str
    meaning: str
    """In a sentence, for a reader of the figures."""
    rank: Callable[[Case, int], Sequence[str]]
    """The SKUs that it recommends for a case, the best first, at most so many. Products of the
    case's history don't count among them, nor do their variants."""


def by_scores(
    name: str, meaning: str, gallery: Gallery, scores: Callable[[Case], Scores]
) -> Ranker:
    """A ranker that scores every product.

    What the history holds is left out with its variants. Equal scores keep the gallery's order.
    """

    def rank(case: Case, depth: int) -> Sequence[str]:
        found = scores(case).copy()
        met = gallery.rows(event.sku for event in case.history)
        found[gallery.with_variants(met)] = -np.inf
        best = np.argsort(-found, kind="stable")[:depth]
        return [gallery.skus[row] for row in best if found[row] > -np.inf]

    return Ranker(name, meaning, rank)

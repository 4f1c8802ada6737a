"""Which category a photo belongs to: what its neighbours in the catalogue vote for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vsearch.calibration.calibration import Calibration

#: How many distinct products vote; more say nothing new.
VOTERS = 20

#: Where nothing has been fitted.
DEFAULT_TEMPERATURE = 0.05


@dataclass(frozen=True, slots=True)
class CategoryGuess:
    """A category that a photo may belong to."""

    path: tuple[str, ...]
    """From the top: ``("Groceries", "Fruit")``."""

    probability: float
    """0 to 1; that of a parent is the sum of its children's and its own."""


def guess_categories(
    scores: npt.ArrayLike,
    categories: Sequence[tuple[str, ...]],
    calibration: Calibration | None,
) -> list[CategoryGuess]:
    """Let the best hits vote on the category of what was photographed.

    Args:
        scores: (n,) cosines of distinct products, the best first; the first ``VOTERS`` count.
        categories: (n,) each one's category, empty where it has none.
        calibration: of the collection; None takes a usual temperature.

    Returns:
        Every category that got a vote and each of its parents, the likeliest first, parents
        before their children where equal. Products without a category vote for none, so that
        the top categories' probabilities may sum to less than 1.
    """
    temperature = DEFAULT_TEMPERATURE if calibration is None else calibration.category_temperature
    votes = vote_weights(np.asarray(scores, dtype=np.float64)[:VOTERS], temperature)
    shares: dict[tuple[str, ...], float] = {}
    for vote, path in zip(votes.tolist(), categories, strict=False):
        for depth in range(1, len(path) + 1):
            shares[path[:depth]] = shares.get(path[:depth], 0.0) + vote
    ranked = sorted(shares.items(), key=lambda share: (-share[1], len(share[0]), share[0]))
    return [CategoryGuess(path, min(1.0, share)) for path, share in ranked]


def vote_weights(scores: npt.NDArray[np.float64], temperature: float) -> npt.NDArray[np.float64]:
    """Share one vote among hits: (..., n) scores to (..., n) weights that sum to 1."""
    if not scores.shape[-1]:
        return scores
    weights = np.exp((scores - scores.max(axis=-1, keepdims=True)) / temperature)
    shared: npt.NDArray[np.float64] = weights / weights.sum(axis=-1, keepdims=True)
    return shared

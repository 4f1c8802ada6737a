"""What a score means in one collection: the fitted figures, and what they make of scores."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted on a collection's own pictures, for the encoder that made its embeddings."""

    encoder: str
    """The encoder's fingerprint, 32 hex digits."""

    score_weight: float
    """Of a hit's score, in the log-odds of its being the product; ≥ 0."""

    lead_weight: float
    """Of a hit's lead over its best rival, ≥ 0."""

    offset: float
    """The log-odds where score and lead are 0."""

    usual_rival: float
    """The score that the best of the other products usually has, -1 to 1: what a hit without a
    rival is measured against."""

    nothing_alike_below: float
    """A photo whose best score is lower shows nothing like this catalogue, -1 to 1."""

    duplicate_threshold: float
    """Two catalogue pictures with this cosine or more show the same thing, saved anew."""

    category_temperature: float
    """How fast a neighbour's vote on the category falls with its score, > 0."""

    images: int
    """How many images the index held when this was fitted."""

    photos: int
    """How many stand-ins for a shopper's photo it was fitted on."""

    fitted_at: str
    """UTC, ISO 8601."""

    def confidence(
        self, scores: npt.ArrayLike, groups: Sequence[Hashable] | None = None
    ) -> npt.NDArray[np.float64]:
        """How likely each hit is the product that was photographed.

        Half of all photos are taken to show a product of the catalogue. What counts is a hit's
        score, and its lead over the best hit of another group: two that look alike share the
        doubt. Growing in a hit's own score, falling in a rival's.

        Args:
            scores: (n,) cosines of distinct products, the best hit of the search among them,
                and the best of a second group, or else there is no other: a page further on
                can't be judged alone.
            groups: (n,) what variants and copies of one product have in common, so that they
                aren't each other's rivals; None where every hit is a product of its own.

        Returns:
            (n,) float64, 0 to 1.
        """
        values = np.asarray(scores, dtype=np.float64)
        lead = values - best_rivals(values, groups, alone=self.usual_rival)
        odds = self.score_weight * values + self.lead_weight * lead + self.offset
        return np.asarray(1 / (1 + np.exp(-np.clip(odds, -500, 500))), dtype=np.float64)

    def is_nothing_alike(self, best_score: float) -> bool:
        """Whether a photo with this best score shows nothing like what the catalogue holds."""
        return best_score < self.nothing_alike_below


def best_rivals(
    scores: npt.NDArray[np.float64], groups: Sequence[Hashable] | None, *, alone: float
) -> npt.NDArray[np.float64]:
    """For each of (n,) hits the best score of another group; ``alone`` where there is none."""
    if not len(scores):
        return scores
    numbers: dict[Hashable, int] = {}
    names = range(len(scores)) if groups is None else groups
    group = np.array([numbers.setdefault(name, len(numbers)) for name in names])
    best = np.full(len(numbers), -np.inf)
    np.maximum.at(best, group, scores)
    if len(numbers) == 1:
        return np.full(len(scores), alone)
    first, second = np.argsort(-best, kind="stable")[:2]
    rivals: npt.NDArray[np.float64] = np.where(group == first, best[second], best[first])
    return rivals

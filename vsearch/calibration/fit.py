"""From findings to figures: what scores, copies and votes mean in a catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vsearch.calibration.category import DEFAULT_TEMPERATURE, VOTERS, vote_weights
from vsearch.calibration.evidence import Finding
from vsearch.calibration.logistic import fit_growing

Floats = npt.NDArray[np.float64]

#: Of photos of the catalogue's products, the share whose best score may fall below "nothing
#: alike". Half of what is meant for real photos: stand-ins are kinder than they are.
_LOST = 0.025

#: Of neighbours that are different products, the share that may be taken for copies; between
#: half and all but a twentieth of the copies are found, whatever that takes.
_MISTAKEN = 0.01
_COPIES_FOUND = (0.5, 0.95)

#: Of score and lead, standardised: what labelled photos of three catalogues gave, about. Some
#: two hundred stand-ins alone would leave the weights to chance.
_USUAL_WEIGHTS = (0.5, 1.0)
_TRUST_IN_THEM = 0.1

_TEMPERATURES = np.geomspace(0.005, 0.3, 25)
_FEWEST_WITH_CATEGORY = 20

#: A category that no neighbour voted for isn't impossible.
_UNSEEN = 0.01


class MatchModel(NamedTuple):
    """The log-odds that the first hit is right."""

    score_weight: float
    lead_weight: float
    offset: float


def fit_match(findings: Sequence[Finding]) -> MatchModel:
    """Fit how likely the first hit is right, by its score and its lead.

    Each photo is asked twice: of the whole catalogue, and of the catalogue without the product
    that it shows. Half of all photos are so taken to show a product that isn't there.
    """
    own = np.array([finding.own for finding in findings])
    first, second = _best_rivals(findings)
    best = np.maximum(own, first)
    runner_up = np.maximum(np.minimum(own, first), second)
    scores = np.concatenate([best, first])
    leads = np.concatenate([best - runner_up, first - second])
    labels = np.concatenate([own > first, np.zeros(len(own), dtype=bool)])
    if not labels.any():
        # Not one photo finds its product: a score says nothing.
        return MatchModel(0.0, 0.0, float(-np.log(2 * len(labels))))
    weights, offset = fit_growing(
        np.column_stack([scores, leads]), labels, expected=_USUAL_WEIGHTS, trust=_TRUST_IN_THEM
    )
    return MatchModel(float(weights[0]), float(weights[1]), offset)


def usual_rival(findings: Sequence[Finding]) -> float:
    """The score that the best of the other products usually has."""
    return float(np.median(_best_rivals(findings)[0]))


def nothing_alike(findings: Sequence[Finding]) -> float:
    """The score below which a photo's best hit is hardly ever of a photo of the catalogue's."""
    best = [max(finding.own, finding.rivals[0].score) for finding in findings]
    return float(np.quantile(best, _LOST))


def copies_from(copies: Floats, neighbours: Floats) -> float:
    """The cosine from which two pictures show the same thing, saved anew.

    Args:
        copies: (n,) between pictures and their copies.
        neighbours: (m,) between pictures and the nearest ones of other products. Some of
            these may be copies, too, so that they don't decide alone.
    """
    half, nearly_all = (float(np.quantile(copies, 1 - share)) for share in _COPIES_FOUND)
    return min(half, max(nearly_all, float(np.quantile(neighbours, 1 - _MISTAKEN))))


def fit_temperature(
    findings: Sequence[Finding], categories: Mapping[int, tuple[str, ...]]
) -> float:
    """The temperature at which votes are likeliest to give the right category.

    Args:
        findings: of photos; those of products without a category say nothing.
        categories: of the rivals, by product id.
    """
    told = [finding for finding in findings if finding.category]
    if len(told) < _FEWEST_WITH_CATEGORY:
        return DEFAULT_TEMPERATURE
    scores = np.full((len(told), VOTERS), -np.inf)
    is_right = np.zeros((len(told), VOTERS), dtype=bool)
    for row, finding in enumerate(told):
        hits = [(rival.score, categories.get(rival.product_id, ())) for rival in finding.rivals]
        hits = sorted([(finding.own, finding.category), *hits], reverse=True)[:VOTERS]
        scores[row, : len(hits)] = [score for score, _ in hits]
        is_right[row, : len(hits)] = [category == finding.category for _, category in hits]
    surprise = [
        -np.log(_UNSEEN + (1 - _UNSEEN) * (vote_weights(scores, one) * is_right).sum(axis=1)).mean()
        for one in _TEMPERATURES
    ]
    return float(_TEMPERATURES[np.argmin(surprise)])


def _best_rivals(findings: Sequence[Finding]) -> tuple[Floats, Floats]:
    pairs = [(finding.rivals[0].score, finding.rivals[1].score) for finding in findings]
    first, second = np.array(pairs, dtype=np.float64).T
    return first, second

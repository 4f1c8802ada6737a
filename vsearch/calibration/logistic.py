"""Logistic regression whose weights are ≥ 0, so that more of a good thing is never worse."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_STEPS = 50
_ENOUGH = 1e-9


def fit_growing(
    features: Floats,
    labels: npt.NDArray[np.bool_],
    *,
    expected: Sequence[float],
    trust: float,
) -> tuple[Floats, float]:
    """Fit the log-odds of a label as a sum of weighted features and an offset.

    Args:
        features: (n, d) float64.
        labels: (n,) bool, of both kinds.
        expected: (d,) the weights that standardised features usually have, ≥ 0.
        trust: > 0, how hard the weights are held to them: 1 is a lot.

    Returns:
        (d,) float64 weights, ≥ 0, and the offset. A feature that speaks against what it
        should speak for gets the weight 0.
    """
    used = np.ones(features.shape[1], dtype=bool)
    while True:
        weights, offset = _fit(features[:, used], labels, np.array(expected)[used], trust)
        if not (weights < 0).any():
            grown = np.zeros(len(used))
            grown[used] = weights
            return grown, offset
        used[np.flatnonzero(used)[weights.argmin()]] = False


def _fit(
    features: Floats, labels: npt.NDArray[np.bool_], expected: Floats, trust: float
) -> tuple[Floats, float]:
    """Newton's method on standardised features."""
    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-12
    design = np.column_stack([(features - middle) / spread, np.ones(len(features))])
    usual = np.append(expected, 0.0)
    ridge = np.append(np.full(len(expected), trust), _ENOUGH)
    found = usual
    for _ in range(_STEPS):
        likely = 1 / (1 + np.exp(-(design @ found)))
        gradient = design.T @ (likely - labels) / len(labels) + ridge * (found - usual)
        curvature = (design.T * (likely * (1 - likely))) @ design / len(labels) + np.diag(ridge)
        # A cautious step: far from the solution the full one overshoots.
        step = np.clip(np.linalg.solve(curvature, gradient), -2, 2)
        found = found - step
        if np.abs(step).max() < _ENOUGH:
            break
    weights: Floats = found[:-1] / spread
    return weights, float(found[-1] - weights @ middle)

"""The regression, against data of which the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from vsearch.calibration.logistic import fit_growing


def drawn(weights: tuple[float, ...], offset: float, count: int = 20_000):
    random = np.random.default_rng(0)
    features = random.normal(0.5, 0.2, (count, len(weights)))
    odds = features @ weights + offset
    return features, random.random(count) < 1 / (1 + np.exp(-odds))


def fitted(features, labels, trust=1e-4):
    return fit_growing(features, labels, expected=[0.0] * features.shape[1], trust=trust)


def test_it_finds_the_weights_that_the_labels_were_drawn_with() -> None:
    features, labels = drawn((6.0, 3.0), -4.0)
    weights, offset = fitted(features, labels)
    assert weights == pytest.approx([6.0, 3.0], rel=0.1)
    assert offset == pytest.approx(-4.0, rel=0.1)


def test_what_speaks_against_counts_for_nothing() -> None:
    features, labels = drawn((6.0, -3.0), -1.0)
    weights, _ = fitted(features, labels)
    assert weights[1] == 0
    assert weights[0] > 1


def test_where_everything_speaks_against_only_the_share_is_told() -> None:
    features, labels = drawn((-6.0, -3.0), 3.0)
    weights, offset = fitted(features, labels)
    assert weights.tolist() == [0, 0]
    assert 1 / (1 + np.exp(-offset)) == pytest.approx(labels.mean(), abs=1e-6)


def test_two_sides_that_never_mix_keep_the_weights_finite() -> None:
    features = np.linspace(0, 1, 50)[:, None]
    weights, offset = fitted(features, features[:, 0] > 0.5)
    assert 0 < weights[0] < 1e3
    assert np.isfinite(offset)


def test_a_feature_that_never_changes_does_no_harm() -> None:
    features, labels = drawn((6.0,), -3.0)
    both = np.column_stack([features, np.full(len(features), 0.7)])
    weights, offset = fitted(both, labels)
    alone, alone_offset = fitted(features, labels)
    assert weights[0] == pytest.approx(alone[0], rel=1e-6)
    assert offset + 0.7 * weights[1] == pytest.approx(alone_offset, rel=1e-6)


def test_what_is_usual_counts_where_there_is_little_to_learn_from() -> None:
    random = np.random.default_rng(0)
    features, labels = random.normal(0, 1, (40, 2)), random.random(40) < 0.5
    weights, _ = fit_growing(features, labels, expected=[0.5, 1.0], trust=1e3)
    assert weights * features.std(axis=0) == pytest.approx([0.5, 1.0], abs=0.01)

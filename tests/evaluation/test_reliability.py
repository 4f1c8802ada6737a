"""Confidences against outcomes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsearch.evaluation.reliability import reliability_of


def test_confidences_that_mean_what_they_say() -> None:
    random = np.random.default_rng(0)
    confidences = random.random(50_000)
    honest = reliability_of(confidences, random.random(50_000) < confidences)
    assert honest.calibration_error < 0.01
    # The mean of p(1 - p) over evenly spread p.
    assert honest.brier_score == pytest.approx(1 / 6, abs=0.005)
    boasting = reliability_of(confidences, random.random(50_000) < confidences / 2)
    assert boasting.calibration_error == pytest.approx(0.25, abs=0.01)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1), st.integers(1, 20))
def test_every_answer_is_in_one_bin(answers: list[tuple[float, bool]], bins: int) -> None:
    confidences, is_right = (np.array(side) for side in zip(*answers, strict=True))
    found = reliability_of(confidences, is_right, bins=bins)
    assert sum(one.answers for one in found.bins) == len(answers)
    shares = [one.confidence for one in found.bins]
    assert shares == sorted(shares)
    assert 0 <= found.calibration_error <= 1
    # With one bin it is the distance of the means.
    if bins == 1:
        expected = abs(confidences.mean() - is_right.mean())
        assert found.calibration_error == pytest.approx(expected)


def test_what_is_no_confidence_is_refused() -> None:
    for confidences, is_right in (([], []), ([0.5], [True, False])):
        with pytest.raises(ValueError, match="are needed"):
            reliability_of(np.array(confidences, float), np.array(is_right, bool))
    for confidence in (1.5, -0.1, np.nan):
        with pytest.raises(ValueError, match="not between 0 and 1"):
            reliability_of(np.array([confidence]), np.array([True]))

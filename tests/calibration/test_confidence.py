"""What scores are turned into."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsearch.calibration.calibration import Calibration

CALIBRATION = Calibration(
    encoder="0" * 32,
    score_weight=6.0,
    lead_weight=14.0,
    offset=-5.0,
    usual_rival=0.6,
    nothing_alike_below=0.5,
    duplicate_threshold=0.95,
    category_temperature=0.02,
    images=100,
    photos=80,
    fitted_at="2026-01-02T03:04:05+00:00",
)

cosines = st.floats(-1, 1, width=32)
results = st.lists(cosines, min_size=1, max_size=12)


def test_the_log_odds_are_what_the_record_says() -> None:
    found = CALIBRATION.confidence([0.8, 0.7, 0.5])
    odds = np.log(found / (1 - found))
    assert odds == pytest.approx(
        [6 * 0.8 + 14 * 0.1 - 5, 6 * 0.7 - 14 * 0.1 - 5, 6 * 0.5 - 14 * 0.3 - 5]
    )


@given(results)
def test_it_is_a_probability_of_each_hit(scores: list[float]) -> None:
    found = CALIBRATION.confidence(scores)
    assert found.shape == (len(scores),)
    assert found.dtype == np.float64
    assert ((found >= 0) & (found <= 1)).all()


@given(results, st.data())
def test_it_grows_with_a_hits_own_score_and_falls_with_a_rivals(
    scores: list[float], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(scores) - 1))
    raised = list(scores)
    raised[place] = data.draw(st.floats(scores[place], 1, width=32))
    before, after = CALIBRATION.confidence(scores), CALIBRATION.confidence(raised)
    assert after[place] >= before[place]
    others = np.arange(len(scores)) != place
    assert (after[others] <= before[others]).all()


@given(results, st.randoms(use_true_random=False))
def test_the_order_of_the_hits_does_not_matter(scores: list[float], random) -> None:
    order = list(range(len(scores)))
    random.shuffle(order)
    found = CALIBRATION.confidence(scores)
    assert CALIBRATION.confidence([scores[n] for n in order]).tolist() == found[order].tolist()


@given(results, st.integers(1, 5))
def test_variants_are_not_each_others_rivals(scores: list[float], copies: int) -> None:
    alone = CALIBRATION.confidence(scores)
    groups = list(range(len(scores)))
    crowded = CALIBRATION.confidence(
        [*scores, *[scores[0]] * copies], [*groups, *[groups[0]] * copies]
    )
    assert crowded[: len(scores)].tolist() == alone.tolist()
    assert (crowded[len(scores) :] == alone[0]).all()


def test_two_products_that_look_the_same_share_the_doubt() -> None:
    sure, doubt = CALIBRATION.confidence([0.9, 0.5])[0], CALIBRATION.confidence([0.9, 0.9])[0]
    assert sure > 0.95
    assert doubt < 0.65


def test_a_hit_without_a_rival_is_measured_against_the_usual_one() -> None:
    assert CALIBRATION.confidence([0.8]) == CALIBRATION.confidence([0.8, 0.6])[0]
    assert CALIBRATION.confidence([0.8, 0.7], ["a", "a"])[1] == CALIBRATION.confidence([0.7])[0]


def test_no_hits_have_no_confidence() -> None:
    assert CALIBRATION.confidence([]).shape == (0,)


def test_a_score_below_the_threshold_is_nothing_alike() -> None:
    assert CALIBRATION.is_nothing_alike(0.49)
    assert not CALIBRATION.is_nothing_alike(0.5)

"""The bootstrap: seeded, around the mean, of the width that theory gives."""

from __future__ import annotations

import numpy as np
import pytest

from vsearch.evaluation.interval import bootstrap


def test_one_seed_gives_one_interval() -> None:
    values = np.random.default_rng(0).random(50)
    assert bootstrap(values, seed=3) == bootstrap(values, seed=3)
    assert bootstrap(values, seed=3) != bootstrap(values, seed=4)


def test_the_width_is_that_of_the_normal_distribution() -> None:
    values = (np.arange(1000) < 700).astype(float)
    interval = bootstrap(values, resamples=4000)
    half = 1.96 * np.sqrt(0.7 * 0.3 / 1000)
    assert interval.mean == pytest.approx(0.7)
    assert interval.low == pytest.approx(0.7 - half, abs=0.003)
    assert interval.high == pytest.approx(0.7 + half, abs=0.003)


def test_it_holds_the_true_mean_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    holds = 0
    for number in range(200):
        interval = bootstrap((random.random(80) < 0.6).astype(float), resamples=300, seed=number)
        holds += interval.low <= 0.6 <= interval.high
    assert 180 <= holds <= 199


def test_a_wider_level_is_wider() -> None:
    values = np.random.default_rng(2).random(40)
    narrow, wide = bootstrap(values, level=0.5), bootstrap(values, level=0.99)
    assert wide.low < narrow.low < narrow.mean < narrow.high < wide.high


def test_queries_without_anything_to_find_are_left_out() -> None:
    assert bootstrap(np.array([np.nan, 0.25, 0.75, np.nan])) == bootstrap(np.array([0.25, 0.75]))


def test_what_has_no_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="no query has anything to find"):
        bootstrap(np.array([np.nan]))
    with pytest.raises(ValueError, match="level 1"):
        bootstrap(np.array([1.0]), level=1)
    with pytest.raises(ValueError, match="resamples 0"):
        bootstrap(np.array([1.0]), resamples=0)

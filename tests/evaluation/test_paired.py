"""The paired test: exact on few queries, honest about chance, sure of what is plain."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsearch.evaluation.interval import Interval, bootstrap
from vsearch.evaluation.paired import compare_paired

FIGURES = st.lists(
    st.tuples(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.sampled_from([0.0, 0.25, 0.5, 1.0])),
    min_size=1,
    max_size=9,
)


def naive_p(differences: np.ndarray) -> float:
    observed = abs(differences.mean())
    every = [
        abs((np.array(signs) * differences).mean())
        for signs in product((-1, 1), repeat=len(differences))
    ]
    return float(np.mean([one >= observed - 1e-9 for one in every]))


@given(FIGURES)
def test_few_queries_are_tested_exactly(figures: list[tuple[float, float]]) -> None:
    first, second = (np.array(side) for side in zip(*figures, strict=True))
    result = compare_paired(first, second)
    assert result.p_value == pytest.approx(naive_p(second - first))
    assert (result.better, result.worse) == (
        int((second > first).sum()),
        int((second < first).sum()),
    )


@given(FIGURES)
def test_changing_sides_changes_the_sign_alone(figures: list[tuple[float, float]]) -> None:
    first, second = (np.array(side) for side in zip(*figures, strict=True))
    there, back = compare_paired(first, second), compare_paired(second, first)
    assert there.difference.mean == -back.difference.mean
    assert (there.p_value, there.better) == (back.p_value, back.worse)


def test_many_queries_agree_with_the_exact_answer() -> None:
    # 13 queries that differ by the same: the exact p is that of a binomial's two tails.
    differences = np.array([1.0] * 10 + [-1.0] * 3)
    exact = naive_p(differences)
    drawn = compare_paired(np.zeros(13), differences, rounds=40_000).p_value
    assert exact == pytest.approx(0.0923, abs=1e-4)
    assert drawn == pytest.approx(exact, abs=0.006)


def test_where_there_is_no_difference_small_p_values_are_as_rare_as_they_should() -> None:
    random = np.random.default_rng(3)
    small = 0
    for number in range(200):
        first, second = random.random((2, 40))
        small += compare_paired(first, second, rounds=400, seed=number).p_value <= 0.05
    assert 2 <= small <= 20


def test_a_plain_difference_has_the_smallest_p_value() -> None:
    random = np.random.default_rng(4)
    first = random.random(100) / 2
    result = compare_paired(first, first + 0.3, rounds=999)
    assert result.p_value == 1 / 1000
    assert result.difference.mean == pytest.approx(0.3)
    assert result.difference.low > 0.29


def test_the_interval_is_that_of_the_differences() -> None:
    random = np.random.default_rng(5)
    first, second = random.random((2, 60))
    assert compare_paired(first, second).difference == bootstrap(second - first)


def test_queries_that_only_one_of_them_has_are_left_out() -> None:
    first, second = np.array([0.0, np.nan, 1.0]), np.array([0.0, 1.0, np.nan])
    result = compare_paired(first, second)
    assert (result.difference, result.p_value) == (Interval(0.0, 0.0, 0.0), 1.0)
    assert (result.better, result.worse) == (0, 0)


def test_one_seed_gives_one_answer_whatever_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(6)
    first, second = random.random((2, 50))
    whole = compare_paired(first, second, rounds=500)
    monkeypatch.setattr("vsearch.evaluation.paired._CHUNK", 350)
    assert compare_paired(first, second, rounds=500) == whole


def test_what_can_not_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="figures of the same queries"):
        compare_paired(np.zeros(2), np.zeros(3))
    with pytest.raises(ValueError, match="rounds are needed, 0"):
        compare_paired(np.zeros(2), np.zeros(2), rounds=0)
    with pytest.raises(ValueError, match="no query"):
        compare_paired(np.array([np.nan]), np.zeros(1))

"""The vote on a photo's category."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.calibration.test_confidence import CALIBRATION
from vsearch.calibration.category import VOTERS, CategoryGuess, guess_categories

FRUIT = ("Groceries", "Fruit")
APPLES = ("Groceries", "Fruit", "Apples")
SHOES = ("Clothes", "Shoes")

paths = st.lists(st.sampled_from(["a", "b", "c"]), max_size=3).map(tuple)
votes = st.lists(st.tuples(st.floats(-1, 1), paths), max_size=30)


def test_votes_are_shared_by_score_and_parents_get_their_childrens() -> None:
    half_lower = replace(CALIBRATION, category_temperature=0.1 / np.log(2))
    found = guess_categories([0.9, 0.8, 0.8], [APPLES, FRUIT, SHOES], half_lower)
    assert [guess.path for guess in found] == [
        ("Groceries",),
        FRUIT,
        APPLES,
        ("Clothes",),
        SHOES,
    ]
    assert [guess.probability for guess in found] == pytest.approx([0.75, 0.75, 0.5, 0.25, 0.25])


@given(votes)
def test_the_probabilities_make_sense(voted: list[tuple[float, tuple[str, ...]]]) -> None:
    voted.sort(reverse=True)
    found = guess_categories([s for s, _ in voted], [path for _, path in voted], CALIBRATION)
    shares = {guess.path: guess.probability for guess in found}
    assert len(shares) == len(found)
    assert [guess.probability for guess in found] == sorted(shares.values(), reverse=True)
    for path, share in shares.items():
        assert 0 <= share <= 1
        assert path
        children = sum(other for p, other in shares.items() if p[:-1] == path)
        assert share >= children - 1e-9
    top = sum(share for path, share in shares.items() if len(path) == 1)
    assert top <= 1 + 1e-9
    if voted and all(path for _, path in voted[:VOTERS]):
        assert top == pytest.approx(1)


def test_only_the_first_products_vote() -> None:
    scores = [0.9] * (VOTERS + 5)
    found = guess_categories(scores, [FRUIT] * VOTERS + [SHOES] * 5, CALIBRATION)
    assert [guess.path for guess in found] == [("Groceries",), FRUIT]


def test_products_without_a_category_vote_for_none() -> None:
    assert guess_categories([0.9, 0.9], [FRUIT, ()], CALIBRATION) == [
        CategoryGuess(("Groceries",), 0.5),
        CategoryGuess(FRUIT, 0.5),
    ]


def test_no_hits_give_no_guess() -> None:
    assert guess_categories([], [], CALIBRATION) == []


def test_without_a_calibration_the_nearest_still_count_most() -> None:
    found = guess_categories([0.9, 0.6], [APPLES, SHOES], None)
    assert found[0] == CategoryGuess(("Groceries",), pytest.approx(1, abs=0.01))

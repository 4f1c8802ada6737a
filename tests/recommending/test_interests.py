from __future__ import annotations

from math import floor

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vsearch.recommending.interests import interests_of, silhouette
from vsearch.recommending.interleave import interleaved
from vsearch.recommending.traits import Traits


def history(embeddings: np.ndarray, categories: list[int]) -> Traits:
    size = len(embeddings)
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    numbers = np.arange(size)
    codes = np.array(categories)
    return Traits(
        numbers,
        tuple(map(str, range(size))),
        numbers,
        codes,
        codes,
        codes,
        np.full(size, np.nan),
        unit.astype(np.float32),
    )


def around(centres: list[int], seed: int = 0) -> np.ndarray:
    """Embeddings near some axes."""
    random = np.random.default_rng(seed)
    return np.eye(8)[centres] + 0.1 * random.standard_normal((len(centres), 8))


def test_as_many_interests_as_there_are_and_no_more_than_asked_for() -> None:
    centres = [0, 0, 0, 1, 1, 2, 2, 2]
    found = interests_of(history(around(centres), [0] * 8), 4)
    assert [found.tolist().index(one) for one in found] == [0, 0, 0, 3, 3, 5, 5, 5]
    assert interests_of(history(around(centres), [0] * 8), 1).tolist() == [0] * 8
    assert interests_of(history(around(centres), [0] * 8), 2).max() == 1
    assert interests_of(history(around([0] * 2), [0] * 2), 4).tolist() == [0, 0]


def test_what_looks_alike_in_other_categories_are_two_interests() -> None:
    one_look = np.ones((6, 8)) + 0.01 * np.random.default_rng(0).standard_normal((6, 8))
    assert interests_of(history(one_look, [0, 0, 0, 1, 1, 1]), 4).tolist() in (
        [0, 0, 0, 1, 1, 1],
        [1, 1, 1, 0, 0, 0],
    )


@settings(max_examples=50, deadline=None)
@given(labels=st.lists(st.integers(0, 3), min_size=3, max_size=9), seed=st.integers(0, 99))
def test_the_silhouette_is_that_of_the_book(labels: list[int], seed: int) -> None:
    numbers = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    points = np.random.default_rng(seed).standard_normal((len(labels), 2))
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    expected = []
    for place, own in enumerate(numbers):
        same = [n for n in range(len(labels)) if numbers[n] == own and n != place]
        others = [
            np.mean(distances[place][numbers == other])
            for other in set(numbers.tolist()) - {int(own)}
        ]
        if not same or not others:
            expected.append(0.0)
            continue
        within, nearest = np.mean(distances[place][same]), min(others)
        expected.append((nearest - within) / max(within, nearest))
    assert silhouette(distances, numbers) == pytest.approx(np.mean(expected))


# Two come due at the same place.
@example(interest=[0] * 10 + [1, 2], weights=(1.0, 1.0, 1.0), k=6)
@settings(max_examples=100, deadline=None)
@given(
    interest=st.lists(st.integers(0, 2), max_size=30),
    weights=st.tuples(*[st.floats(0.01, 1)] * 3),
    k=st.integers(1, 12),
)
def test_every_interest_has_half_its_share_of_every_prefix(
    interest: list[int], weights: tuple[float, ...], k: int
) -> None:
    shares = [one / sum(weights) for one in weights]
    order = np.random.default_rng(0).permutation(len(interest)).tolist()
    found = interleaved(order, interest, shares, k)
    assert len(found) == len(set(found)) == min(k, len(order))
    left = [sum(one == own for one in interest) for own in range(3)]
    for end in range(1, len(found) + 1):
        served = [sum(interest[one] == own for one in found[:end]) for own in range(3)]
        for own in range(3):
            assert served[own] >= min(left[own], floor(shares[own] * end / 2))
    # Within an interest the better one comes first.
    places = {one: place for place, one in enumerate(order)}
    for own in range(3):
        own_places = [places[one] for one in found if interest[one] == own]
        assert own_places == sorted(own_places)

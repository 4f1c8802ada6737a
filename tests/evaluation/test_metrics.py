"""The metrics against a naive oracle: every order of equal scores, averaged."""

from __future__ import annotations

from itertools import chain, permutations, product
from math import comb, log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsearch.evaluation.matches import Matches, match_embeddings, match_rankings
from vsearch.evaluation.metrics import average_precision, precision_at_k, recall_at_k
from vsearch.evaluation.ndcg import ndcg_at_k
from vsearch.evaluation.reciprocal_rank import reciprocal_rank

# Each picture of a small gallery: its score in a few steps, so that many are equal, and whether
# it is right.
GALLERIES = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=6)


def orders(gallery: list[tuple[int, bool]]) -> list[list[bool]]:
    """Every ranking that agrees with the scores."""
    levels = sorted({score for score, _ in gallery}, reverse=True)
    groups = [[right for score, right in gallery if score == level] for level in levels]
    every = product(*(permutations(group) for group in groups))
    return [list(chain.from_iterable(one)) for one in every]


def naive_recall(ranking: list[bool], k: int) -> float:
    return float(any(ranking[:k]))


def naive_precision(ranking: list[bool], k: int) -> float:
    return sum(ranking[:k]) / k


def naive_average_precision(ranking: list[bool]) -> float:
    places = [place for place, right in enumerate(ranking, 1) if right]
    return sum(sum(ranking[:place]) / place for place in places) / len(places)


def naive_reciprocal_rank(ranking: list[bool]) -> float:
    return 1 / (ranking.index(True) + 1) if any(ranking) else 0.0


def naive_ndcg(ranking: list[bool], k: int) -> float:
    worth = [1 / log2(place + 1) for place in range(1, k + 1)]
    found = sum(gain for gain, right in zip(worth, ranking, strict=False) if right)
    return found / sum(worth[: sum(ranking)])


def scored(gallery: list[tuple[int, bool]]) -> Matches:
    """One query whose cosine similarity grows with a picture's score."""
    angles = np.array([1.5 - 0.4 * score for score, _ in gallery])
    embeddings = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    right = np.array([row for row, (_, right) in enumerate(gallery) if right], np.int64)
    return match_embeddings(np.array([[1, 0]], np.float32), embeddings, [right])


@given(GALLERIES, st.integers(1, 8))
@settings(deadline=None)
def test_equal_scores_count_as_the_mean_over_their_orders(
    gallery: list[tuple[int, bool]], k: int
) -> None:
    matches = scored(gallery)
    figures = [
        recall_at_k(matches, k),
        precision_at_k(matches, k),
        average_precision(matches),
        reciprocal_rank(matches),
        ndcg_at_k(matches, k),
    ]
    assert all(figure.shape == (1,) for figure in figures)
    if not any(right for _, right in gallery):
        assert all(np.isnan(figure).all() for figure in figures)
        return
    every = orders(gallery)
    expected = [
        np.mean([naive_recall(one, k) for one in every]),
        np.mean([naive_precision(one, k) for one in every]),
        np.mean([naive_average_precision(one) for one in every]),
        np.mean([naive_reciprocal_rank(one) for one in every]),
        np.mean([naive_ndcg(one, k) for one in every]),
    ]
    np.testing.assert_allclose(np.concatenate(figures), expected, rtol=0, atol=1e-12)


@given(st.lists(st.lists(st.booleans(), max_size=8), max_size=6), st.integers(1, 9))
def test_rankings_of_several_queries_do_not_mix(rankings: list[list[bool]], k: int) -> None:
    arrays = [np.array(one, bool) for one in rankings]
    matches = match_rankings(arrays, [sum(one) for one in rankings])
    found = np.stack([recall_at_k(matches, k), precision_at_k(matches, k)], axis=1)
    precisions, ranks = average_precision(matches), reciprocal_rank(matches)
    gains = ndcg_at_k(matches, k)
    for number, one in enumerate(rankings):
        if any(one):
            assert found[number].tolist() == [naive_recall(one, k), naive_precision(one, k)]
            assert precisions[number] == pytest.approx(naive_average_precision(one), abs=1e-12)
            assert ranks[number] == naive_reciprocal_rank(one)
            assert gains[number] == pytest.approx(naive_ndcg(one, k), abs=1e-12)
        else:
            figures = (*found[number], precisions[number], ranks[number], gains[number])
            assert np.isnan(figures).all()


@given(GALLERIES, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_the_gallery_does_not_count(gallery: list[tuple[int, bool]], random) -> None:
    shuffled = list(gallery)
    random.shuffle(shuffled)
    for metric in (
        lambda m: recall_at_k(m, 2),
        lambda m: precision_at_k(m, 2),
        lambda m: ndcg_at_k(m, 2),
        average_precision,
        reciprocal_rank,
    ):
        np.testing.assert_allclose(metric(scored(gallery)), metric(scored(shuffled)), atol=1e-12)


def test_an_encoder_that_gives_one_embedding_for_everything_is_as_good_as_chance() -> None:
    gallery = np.tile(np.array([[0.6, 0.8]], np.float32), (100, 1))
    matches = match_embeddings(gallery[:1], gallery, [np.arange(20)])
    assert recall_at_k(matches, 1).tolist() == pytest.approx([0.2])
    assert precision_at_k(matches, 10).tolist() == pytest.approx([0.2])
    expected = 1 - comb(80, 5) / comb(100, 5)
    assert recall_at_k(matches, 5).tolist() == pytest.approx([expected])


def test_what_a_search_did_not_return_counts_as_not_found() -> None:
    matches = match_rankings([np.array([True, False])], [4])
    assert average_precision(matches).tolist() == [0.25]
    assert recall_at_k(matches, 1).tolist() == [1.0]
    nothing = match_rankings([np.array([], bool), np.array([False] * 5)], [2, 1])
    assert reciprocal_rank(nothing).tolist() == ndcg_at_k(nothing, 10).tolist() == [0.0, 0.0]


def test_an_ideal_ranking_has_the_gain_of_an_ideal_one_exactly() -> None:
    for relevant in range(1, 30):
        matches = match_rankings([np.ones(relevant, bool)], [relevant])
        assert ndcg_at_k(matches, 10).tolist() == [1.0]


def test_no_queries() -> None:
    matches = match_rankings([], [])
    assert recall_at_k(matches, 1).shape == (0,)
    assert precision_at_k(matches, 1).shape == (0,)
    assert average_precision(matches).shape == (0,)
    assert reciprocal_rank(matches).shape == (0,)
    assert ndcg_at_k(matches, 1).shape == (0,)


@pytest.mark.parametrize("metric", [recall_at_k, precision_at_k, ndcg_at_k])
def test_k_starts_at_one(metric) -> None:
    with pytest.raises(ValueError, match="k must be at least 1, not 0"):
        metric(match_rankings([], []), 0)

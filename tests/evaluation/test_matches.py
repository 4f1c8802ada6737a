"""Ranking a gallery: exclusion, equal pictures, several labels, chunks."""

from __future__ import annotations

import numpy as np
import pytest

from vsearch.evaluation import matches as module
from vsearch.evaluation.matches import Matches, match_embeddings, match_rankings, rows_by_label


def unit(count: int, dim: int = 8, seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(count, dim))
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


def parts(matches: Matches) -> list[list[int]]:
    return [
        part.tolist()
        for part in (matches.query, matches.above, matches.tied, matches.right, matches.relevant)
    ]


def test_against_sorting() -> None:
    queries, gallery = unit(7, seed=1), unit(40, seed=2)
    relevant = [np.array([number, number + 9, 30]) for number in range(7)]
    matches = match_embeddings(queries, gallery, relevant)
    for number in range(7):
        order = np.argsort(-(queries[number].astype(float) @ gallery.T.astype(float)))
        places = sorted(order.tolist().index(row) for row in relevant[number])
        mine = matches.query == number
        assert matches.above[mine].tolist() == places
        assert matches.tied[mine].tolist() == [1, 1, 1]
    assert matches.relevant.tolist() == [3] * 7


def test_a_query_never_finds_itself() -> None:
    pictures = unit(5)
    everything = [np.arange(5)] * 5
    alone = [np.array([row]) for row in range(5)]
    matches = match_embeddings(pictures, pictures, everything, excluded=alone)
    assert matches.relevant.tolist() == [4] * 5
    assert len(matches.above) == 20
    # Nothing stands above the best of the others: the query itself is not in the ranking.
    first = np.unique(matches.query, return_index=True)[1]
    assert matches.above[first].tolist() == [0] * 5
    assert max(matches.above) == 3


def test_what_is_left_out_pushes_nothing_down() -> None:
    queries, gallery = unit(1), np.concatenate([unit(1), unit(1), unit(3, seed=3)])
    assert parts(match_embeddings(queries, gallery, [np.array([2])])) != parts(
        match_embeddings(queries, gallery, [np.array([2])], excluded=[np.array([0, 1])])
    )
    without = match_embeddings(queries, gallery[2:], [np.array([0])])
    assert parts(
        match_embeddings(queries, gallery, [np.array([2])], excluded=[np.array([0, 1])])
    ) == parts(without)


@pytest.mark.parametrize("dim", [64, 192, 768])
def test_copies_of_a_picture_are_equal_wherever_they_stand(
    monkeypatch: pytest.MonkeyPatch, dim: int
) -> None:
    # The last of them is a chunk of its own, and a float32 product of a vector sums in another
    # order than that of a matrix.
    monkeypatch.setattr(module, "_CHUNK_COLUMNS", 1000)
    gallery = unit(1001, dim)
    gallery[[17, 500, 1000]] = gallery[3]
    matches = match_embeddings(unit(40, dim, seed=1), gallery, [np.array([500])] * 40)
    assert set(matches.tied.tolist()) == {4}


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    queries, gallery = unit(23, seed=4), unit(31, seed=5)
    relevant = rows_by_label(
        [{str(n % 4)} for n in range(23)], [{str(n % 4), str(n % 5)} for n in range(31)]
    )
    whole = match_embeddings(queries, gallery, relevant)
    for name in ("_CHUNK_SCORES", "_CHUNK_QUERIES", "_CHUNK_COLUMNS"):
        monkeypatch.setattr(module, name, chunk)
    assert parts(match_embeddings(queries, gallery, relevant)) == parts(whole)


def test_any_label_is_right_and_none_counts_twice() -> None:
    gallery = [{"shoe", "red"}, {"shoe"}, {"red"}, {"hat"}]
    rows = rows_by_label([{"shoe", "red"}, {"hat"}, {"bag"}, set()], gallery)
    assert [row.tolist() for row in rows] == [[0, 1, 2], [3], [], []]


def test_the_input_stays_as_it_is() -> None:
    queries, gallery = unit(3), unit(4)
    before = queries.copy(), gallery.copy()
    match_embeddings(queries, gallery, [np.array([0])] * 3, excluded=[np.array([1])] * 3)
    np.testing.assert_array_equal(queries, before[0])
    np.testing.assert_array_equal(gallery, before[1])


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(2, 8\), \(2, 9\)"):
        match_embeddings(unit(2), unit(2, 9), [np.array([0])] * 2)
    with pytest.raises(ValueError, match="one entry for each of 2 queries"):
        match_embeddings(unit(2), unit(2), [np.array([0])])
    with pytest.raises(ValueError, match="one entry for each of 2 queries"):
        match_embeddings(unit(2), unit(2), [np.array([0])] * 2, excluded=[])
    broken = unit(2)
    broken[1, 3] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        match_embeddings(unit(2), broken, [np.array([0])] * 2)
    with pytest.raises(ValueError, match="query 1: 2 right hits of 1"):
        match_rankings([np.array([True]), np.array([True, True])], [1, 1])

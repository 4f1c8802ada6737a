"""Pairs through an index are those of comparing everything with everything."""

from __future__ import annotations

import numpy as np
import pytest

from vsearch.catalogue_care.near_pairs import MOST_NEIGHBOURS, Pairs, collected, pairs_within
from vsearch.index.choose import build_index
from vsearch.index.interface import Embeddings, Ids

THRESHOLD = 0.9


def clustered(count: int, clusters: int, spread: float) -> tuple[Ids, Embeddings]:
    random = np.random.default_rng(5)
    centres = random.normal(size=(clusters, 24))
    points = centres[random.integers(clusters, size=count)]
    points = points + spread * random.normal(size=points.shape)
    ids = np.sort(random.choice(10 * count, size=count, replace=False)).astype(np.int64)
    return ids, (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def every_pair(ids: Ids, embeddings: Embeddings) -> set[tuple[int, int]]:
    similar = embeddings @ embeddings.T
    first, second = np.triu_indices(len(ids), 1)
    near = similar[first, second] >= THRESHOLD
    return set(zip(ids[first[near]].tolist(), ids[second[near]].tolist(), strict=True))


def found(kind: str, ids: Ids, embeddings: Embeddings) -> Pairs:
    index = build_index(
        kind, ids, lambda rows: embeddings[rows], embeddings.shape[1], memory_bytes=2**30
    )

    def read(wanted: Ids) -> Embeddings:
        return embeddings[np.searchsorted(ids, wanted)]

    return pairs_within(index.search, ids, read, THRESHOLD, lambda _done: None)


@pytest.mark.parametrize("kind", ["exact", "hnsw"])
def test_all_pairs_are_found(kind: str) -> None:
    ids, embeddings = clustered(1_500, 200, 0.15)
    expected = every_pair(ids, embeddings)
    pairs = found(kind, ids, embeddings)
    got = set(map(tuple, pairs.ids.tolist()))
    assert len(expected) > 2_000
    assert got <= expected
    assert len(got) >= (1 if kind == "exact" else 0.98) * len(expected)
    assert (pairs.ids[:, 0] < pairs.ids[:, 1]).all()
    assert len(got) == len(pairs)


def test_a_crowd_is_bounded_and_each_keeps_its_nearest() -> None:
    ids, embeddings = clustered(400, 1, 0.1)
    similar = embeddings @ embeddings.T
    np.fill_diagonal(similar, -1)
    pairs = found("exact", ids, embeddings)
    assert len(pairs) <= 400 * MOST_NEIGHBOURS
    nearest = {tuple(sorted((ids[i], ids[j]))) for i, j in enumerate(similar.argmax(axis=1))}
    assert nearest <= set(map(tuple, pairs.ids.tolist()))


def test_scores_are_cosines() -> None:
    ids, embeddings = clustered(300, 40, 0.15)
    pairs = found("exact", ids, embeddings)
    rows = np.searchsorted(ids, pairs.ids)
    np.testing.assert_allclose(
        pairs.scores, (embeddings[rows[:, 0]] * embeddings[rows[:, 1]]).sum(axis=1), atol=1e-5
    )


def test_images_that_are_not_asked_about_do_not_appear() -> None:
    ids, embeddings = clustered(300, 20, 0.1)
    index = build_index("exact", ids, lambda rows: embeddings[rows], 24, memory_bytes=2**30)
    half = ids[::2]
    pairs = pairs_within(
        index.search,
        half,
        lambda wanted: embeddings[np.searchsorted(ids, wanted)],
        THRESHOLD,
        lambda _done: None,
    )
    assert len(pairs)
    assert set(pairs.ids.ravel().tolist()) <= set(half.tolist())


def test_no_parts_make_no_pairs() -> None:
    assert len(collected([])) == 0

"""Every kind of index against a dict that is sorted."""

import numpy as np
import pytest

from vsearch.index.choose import KINDS, build_index

DIM = 32

# At this size HNSW walks its graph and IVF visits some of its clusters only.
LARGE = 7000


def built(kind, ids, embeddings):
    return build_index(kind, ids, lambda rows: embeddings[rows], embeddings.shape[1])


@pytest.fixture(scope="module")
def large():
    """Indexes of every kind over the same embeddings, ids far apart and in no order."""
    made = {}

    def make(kind, clustered):
        if kind not in made:
            embeddings, queries = clustered(LARGE, DIM, seed=1)
            ids = np.random.default_rng(2).permutation(LARGE) * 1_000_003 + 5
            made[kind] = ids, embeddings, queries, built(kind, ids, embeddings)
        return made[kind]

    return make


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 2, 9, 300])
def test_small_indexes_are_exact(kind, size, clustered, oracle):
    embeddings, queries = clustered(size, DIM, queries=12)
    ids = np.arange(size) * 7 + 3
    index = built(kind, ids, embeddings)
    assert len(index) == size
    assert sorted(index.ids) == ids.tolist()
    for k in (1, 5, size, size + 4):
        answer = index.search(queries, k)
        oracle(ids, embeddings).check(answer, queries, k, kind=kind)


@pytest.mark.parametrize("kind", KINDS)
def test_recall_on_clusters(kind, large, clustered, oracle):
    ids, embeddings, queries, index = large(kind, clustered)
    answer = index.search(queries, 10)
    recall = oracle(ids, embeddings).check(answer, queries, 10, kind=kind, complete=kind == "exact")
    assert recall >= 0.95


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("allowed_share", [0.0005, 0.01, 0.1, 0.5, 0.9, 1.0])
def test_recall_does_not_fall_with_fewer_allowed(kind, allowed_share, large, clustered, oracle):
    ids, embeddings, queries, index = large(kind, clustered)
    count = max(1, int(LARGE * allowed_share))
    allowed = np.random.default_rng(3).choice(ids, count, replace=False)
    recall = oracle(ids, embeddings).check(
        index.search(queries, 10, allowed),
        queries,
        10,
        allowed,
        kind=kind,
        complete=kind == "exact",
    )
    assert recall >= 0.95


@pytest.mark.parametrize("kind", KINDS)
def test_allowed_far_from_the_query_are_found_all_the_same(kind, large, clustered, oracle):
    # The half of the gallery that the query is not in: a graph search starves there.
    ids, embeddings, queries, index = large(kind, clustered)
    query = queries[:1]
    order = np.argsort(embeddings @ query[0])
    allowed = ids[order[: LARGE // 2]]
    answer = index.search(query, 20, allowed)
    oracle(ids, embeddings).check(answer, query, 20, allowed, kind=kind, complete=False)


@pytest.mark.parametrize("kind", KINDS)
def test_allowed_ids_may_be_unknown_repeated_or_none(kind, large, clustered, oracle):
    ids, embeddings, queries, index = large(kind, clustered)
    check = oracle(ids, embeddings).check
    queries = queries[:5]
    for allowed in (
        np.empty(0, np.int64),
        np.array([1, 2, 4]),
        np.array([ids[3], ids[3], 1, ids[9]]),
        np.concatenate([ids, ids, np.arange(4)]),
    ):
        complete = kind == "exact" or len(allowed) < LARGE
        answer = index.search(queries, 6, allowed)
        check(answer, queries, 6, allowed, kind=kind, complete=complete)


@pytest.mark.parametrize("kind", KINDS)
def test_a_large_k_returns_everything(kind, large, clustered, oracle):
    ids, embeddings, queries, index = large(kind, clustered)
    answer = index.search(queries[:3], LARGE + 10)
    oracle(ids, embeddings).check(answer, queries[:3], LARGE + 10, kind=kind)


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_index_finds_nothing(kind, clustered):
    _, queries = clustered(0, DIM, queries=3)
    index = built(kind, np.empty(0, np.int64), np.empty((0, DIM), np.float32))
    for allowed in (None, np.array([1, 2])):
        scores, ids = index.search(queries, 4, allowed)
        assert (ids == -1).all()
        assert (scores == -np.inf).all()
    assert len(index) == 0
    assert index.remove(np.array([1])) == 0
    assert not index.needs_rebuild


@pytest.mark.parametrize("kind", KINDS)
def test_no_queries_give_no_rows(kind, large, clustered):
    *_, index = large(kind, clustered)
    scores, ids = index.search(np.empty((0, DIM), np.float32), 4)
    assert scores.shape == ids.shape == (0, 4)


@pytest.mark.parametrize("kind", KINDS)
def test_an_indexed_embedding_finds_itself(kind, large, clustered):
    ids, embeddings, _, index = large(kind, clustered)
    scores, found = index.search(embeddings[::20], 1)
    assert (found[:, 0] == ids[::20]).mean() >= 0.99
    assert scores.max() <= 1
    assert np.median(scores) > 0.999


@pytest.mark.parametrize("size", [40, 998, 999])
@pytest.mark.parametrize("direction", [1, -1])
def test_of_equal_embeddings_the_lowest_ids_come_first(size, direction):
    # BLAS adds up some rows of a matrix in another order than others, so that their scores
    # differ in the last bit; the lowest ids are given to the highest of them, or the lowest.
    random = np.random.default_rng(0)
    copy = random.standard_normal((1, 67)).astype(np.float32)
    queries = copy + 0.3 * random.standard_normal((8, 67)).astype(np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    embeddings = np.repeat(copy / np.linalg.norm(copy), size, axis=0)
    for query in queries:
        ids = np.argsort(np.argsort(direction * (embeddings @ query), kind="stable"))
        index = built("exact", ids, embeddings)
        for batch in (query[np.newaxis], queries):
            scores, found = index.search(batch, 10)
            assert (found == np.arange(10)).all()
            assert (scores == scores[:, :1]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_best_hits_are_not_found_once_they_are_removed(kind, clustered, oracle):
    embeddings, queries = clustered(2500, DIM, queries=20)
    ids = np.arange(2500)
    index = built(kind, ids, embeddings)
    _, best = index.search(queries, 5)
    index.remove(np.unique(best))
    kept = np.setdiff1d(ids, best)
    check = oracle(ids[kept], embeddings[kept]).check
    answer = index.search(queries, 10)
    assert check(answer, queries, 10, kind=kind, complete=kind == "exact") >= 0.95
    assert not np.isin(index.search(queries, 10, ids)[1], best).any()


@pytest.mark.parametrize("kind", KINDS)
def test_recall_without_any_clusters(kind, oracle):
    # Noise is the worst case for an approximate index: nothing tells it where to look.
    random = np.random.default_rng(0)
    points = random.standard_normal((2530, 24)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    queries, embeddings = points[:30], points[30:]
    answer = built(kind, np.arange(2500), embeddings).search(queries, 10)
    check = oracle(np.arange(2500), embeddings).check
    assert check(answer, queries, 10, kind=kind, complete=kind == "exact") >= 0.95


def test_a_search_that_starves_is_answered_exactly(monkeypatch, oracle):
    # Two groups on opposite sides. Two clusters are visited, both on the side of the query;
    # all that is allowed is on the other.
    monkeypatch.setattr("vsearch.index.ivf._FEWEST_VISITS", 1)
    monkeypatch.setattr("vsearch.index.effort._RECALL", 0)
    points = np.random.default_rng(0).standard_normal((2001, DIM)).astype(np.float32)
    points[:, 0] = 10
    points[:1000] *= -1
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    embeddings, query = points[:2000], points[2000:]
    ids = np.arange(2000)
    index = built("ivf", ids, embeddings)
    answer = index.search(query, 8, ids[:1000])
    oracle(ids, embeddings).check(answer, query, 8, ids[:1000], kind="ivf")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("queries", "k", "message"),
    [
        (np.ones((1, 3), np.float32), 1, r"queries: shape \(1, 3\) where \(n, 32\)"),
        (np.ones(DIM, np.float32), 1, r"queries: shape \(32,\)"),
        (np.ones((1, DIM), np.float32), 1, "queries: row 0 has norm 5.657"),
        (np.full((1, DIM), np.nan, np.float32), 1, "queries: row 0 has norm nan"),
        (np.eye(DIM, dtype=np.float32), 0, "k: 0 where at least 1"),
    ],
)
def test_unusable_queries_are_refused(kind, queries, k, message, clustered):
    embeddings, _ = clustered(5, DIM)
    index = built(kind, np.arange(5), embeddings)
    with pytest.raises(ValueError, match=message):
        index.search(queries, k)

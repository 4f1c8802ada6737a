"""Filtered search finds what an exact scan finds, whatever the filter leaves."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsearch.index.choose import KINDS, build_index
from vsearch.index.ivf import IvfIndex

SIZE, DIM = 20_000, 32
SHARES = [1, 0.5, 0.2, 0.1, 0.05, 0.01, 0.001, 1 / SIZE]

#: float16 may swap two neighbours whose scores differ by less than it keeps.
ROUNDING = {"exact": 1e-6, "hnsw": 1e-6, "ivf": 5e-4}


class Shop:
    """Families within categories, as products stand; every kind of index over them."""

    def __init__(self):
        random = np.random.default_rng(7)

        def directions(count):
            drawn = random.standard_normal((count, DIM))
            return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)

        def unit(rows):
            return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

        families = SIZE // 20
        self.categories = directions(40)
        category = random.integers(0, 40, families)
        bases = 0.5 * self.categories[category] + 0.6 * directions(families)
        family = random.integers(0, families, SIZE)
        self.category = category[family]
        self.embeddings = unit(bases[family] + 0.5 * directions(SIZE))
        self.ids = random.permutation(SIZE) + 1000
        self.asked = random.choice(SIZE, 60, replace=False)
        self.queries = unit(self.embeddings[self.asked] + 0.5 * directions(60))
        self.index = {
            kind: build_index(kind, self.ids, lambda rows: self.embeddings[rows], DIM)
            for kind in KINDS
        }

    def rows_by_category(self, asked, nearest_first):
        """All rows, those of the categories most or least like the asked one first."""
        likeness = self.categories[self.category] @ self.categories[self.category[asked]]
        return np.argsort(-likeness if nearest_first else likeness, kind="stable")


@pytest.fixture(scope="module")
def shop():
    return Shop()


def recall(kind, shop, query, k, subset):
    """Which share of the k neighbours that an exact scan finds an index finds too."""
    true, _ = shop.index["exact"].search(query, k, subset)
    scores, ids = shop.index[kind].search(query, k, subset)
    assert np.isin(ids[ids >= 0], subset).all()
    possible = np.isfinite(true)
    worst = np.where(possible, true, np.inf).min(axis=1, keepdims=True)
    assert (np.isfinite(scores) == possible).all()
    return (scores >= worst - ROUNDING[kind])[possible].mean()


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
@pytest.mark.parametrize("share", SHARES)
def test_recall_with_a_filter_at_random(kind, share, shop):
    allowed = np.random.default_rng(1).choice(shop.ids, int(SIZE * share), replace=False)
    assert recall(kind, shop, shop.queries, 10, allowed) >= 0.98


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("own", [True, False], ids=["own categories", "other categories"])
def test_recall_with_a_filter_that_follows_the_clusters(kind, share, own, shop):
    found = []
    for query, asked in zip(shop.queries[:20], shop.asked[:20], strict=True):
        rows = shop.rows_by_category(asked, nearest_first=own)[: int(SIZE * share)]
        found.append(recall(kind, shop, query[np.newaxis], 10, shop.ids[rows]))
    assert np.mean(found) >= 0.98


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
@pytest.mark.parametrize("k", [1, 100, 1000])
def test_recall_with_other_numbers_of_hits(kind, k, shop):
    for allowed in (shop.ids, shop.ids[::2], shop.ids[::30]):
        assert recall(kind, shop, shop.queries[:20], k, allowed) >= 0.98


@given(data=st.data())
@settings(max_examples=40, deadline=None, derandomize=True)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_indexed_and_allowed_finds_itself_first(kind, shop, data):
    row = data.draw(st.integers(0, SIZE - 1))
    share = data.draw(st.sampled_from(SHARES))
    seed = data.draw(st.integers(0, 2**32 - 1))
    others = np.random.default_rng(seed).choice(shop.ids, int(SIZE * share), replace=False)
    index = shop.index[kind]
    subset = index.subset(np.append(others, shop.ids[row]))
    scores, ids = index.search(shop.embeddings[row : row + 1], 1, subset)
    assert ids[0, 0] == shop.ids[row]
    assert scores[0, 0] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_subset_finds_what_its_ids_find(kind, shop):
    index = shop.index[kind]
    for allowed in (
        shop.ids,
        shop.ids[::3],
        np.repeat(shop.ids[:50], 2),
        np.array([5, shop.ids[9]]),
        np.empty(0, np.int64),
    ):
        subset = index.subset(allowed)
        assert len(subset) == len(np.intersect1d(allowed, shop.ids))
        for one, other in zip(
            index.search(shop.queries[:5], 10, allowed),
            index.search(shop.queries[:5], 10, subset),
            strict=True,
        ):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kind", KINDS)
def test_threads_share_a_subset(kind, shop):
    index = shop.index[kind]
    subsets = [index.subset(shop.ids[start::step]) for start, step in ((0, 2), (3, 40), (1, 2000))]
    jobs = [(shop.queries[row : row + 2], 10, one) for row in range(0, 20, 2) for one in subsets]
    alone = [index.search(*job)[1] for job in jobs]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda job: index.search(*job)[1], jobs))
    np.testing.assert_array_equal(alone, together)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", ["add", "remove"])
def test_a_subset_doesnt_outlive_a_change(kind, change, clustered):
    embeddings, queries = clustered(300, DIM)
    index = build_index(kind, np.arange(299), lambda rows: embeddings[rows], DIM)
    before = index.subset(np.arange(10))
    if change == "add":
        index.add(np.array([299]), embeddings[299:])
    else:
        index.remove(np.array([200]))
    with pytest.raises(ValueError, match="the subset was made by another index, or before"):
        index.search(queries, 3, before)
    assert (index.search(queries, 3, index.subset(np.arange(10)))[1] < 10).all()


def test_a_subset_of_another_index_is_refused(clustered):
    embeddings, queries = clustered(50, DIM)
    one, other = (
        build_index("exact", np.arange(50), lambda rows: embeddings[rows], DIM) for _ in range(2)
    )
    with pytest.raises(ValueError, match="allowed: the subset was made by another index"):
        one.search(queries, 3, other.subset(np.arange(5)))


def test_int8_finds_nearly_as_much(shop):
    index = IvfIndex(DIM, "int8")
    index.train(shop.embeddings, SIZE)
    index.add(shop.ids, shop.embeddings)
    for allowed in (shop.ids, shop.ids[::2], shop.ids[::50], shop.ids[:1]):
        true = shop.index["exact"].search(shop.queries, 10, allowed)[1]
        found = index.search(shop.queries, 10, allowed)[1]
        pairs = zip(true, found, strict=True)
        hits = sum(len(np.intersect1d(a[a >= 0], b)) for a, b in pairs)
        assert hits / (true >= 0).sum() >= 0.95

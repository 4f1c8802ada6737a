"""Adding, removing and adding again, in any order, against a dict."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from vsearch.index.choose import KINDS, build_index, open_index, open_layered
from vsearch.index.layered import LayeredIndex

DIM = 16
SMALL_IDS = st.lists(st.integers(0, 60), max_size=12, unique=True)


def embedding_of(ids, version=0):
    """Another embedding for each id and version, always the same one."""
    rows = [np.random.default_rng([int(id_), version]).standard_normal(DIM) for id_ in ids]
    embeddings = np.array(rows, dtype=np.float32).reshape(-1, DIM)
    return embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)


def machine(kind, base, oracle):
    """A state machine over an index that starts with ``base`` embeddings of ids from 1000."""

    class Changes(RuleBasedStateMachine):
        @initialize()
        def build(self):
            ids = np.arange(1000, 1000 + base)
            embeddings = embedding_of(ids)
            self.index = build_index(kind, ids, lambda rows: embeddings[rows], DIM)
            self.oracle = oracle(ids, embeddings)
            self.version = 0
            self.folder, self.numbers = TemporaryDirectory(), count(1)

        @rule(ids=SMALL_IDS)
        def add(self, ids):
            self.version += 1
            new = np.array([id_ for id_ in ids if id_ not in self.oracle.embeddings], np.int64)
            embeddings = embedding_of(new, self.version)
            self.index.add(new, embeddings)
            self.oracle.embeddings.update(zip(new.tolist(), embeddings, strict=True))

        @rule(ids=SMALL_IDS, old=st.integers(0, max(base, 1) - 1), more=st.integers(0, 30))
        def remove(self, ids, old, more):
            gone = [*ids, *range(1000 + old, 1000 + old + more)]
            there = [id_ for id_ in gone if self.oracle.embeddings.pop(id_, None) is not None]
            assert self.index.remove(np.array(gone, np.int64)) == len(there)

        @precondition(lambda self: self.oracle.embeddings)
        @rule(ids=SMALL_IDS)
        def add_what_is_there(self, ids):
            there = next(iter(self.oracle.embeddings))
            new = np.array([*{*ids} - {*self.oracle.embeddings}, there], np.int64)
            with pytest.raises(ValueError, match=f"ids: {there} is already in the index"):
                self.index.add(new, embedding_of(new))

        @rule()
        def save_and_open(self):
            folder = self.saved()
            reopened = open_index(folder)
            # As a writer does that makes the next generation from this one.
            reopened.add(np.array([10**12]), embedding_of([0]))
            reopened.remove(np.array([10**12]))
            self.index = reopened

        @rule()
        def save_and_change_a_little(self):
            self.index = open_layered(self.saved())

        @precondition(lambda self: isinstance(self.index, LayeredIndex))
        @rule()
        def merge(self):
            self.index = self.index.merged()

        def saved(self):
            folder = Path(self.folder.name, str(next(self.numbers)))
            folder.mkdir()
            self.index.save(folder)
            return folder

        def teardown(self):
            if hasattr(self, "folder"):
                self.folder.cleanup()

        @rule(seed=st.integers(0, 1000), k=st.integers(1, 12), allowed=st.none() | SMALL_IDS)
        def search(self, seed, k, allowed):
            queries = embedding_of([seed, seed + 1], version=10**6)
            ids = None if allowed is None else np.array(allowed, np.int64)
            self.oracle.check(
                self.index.search(queries, k, ids),
                queries,
                k,
                ids,
                kind=kind,
                complete=base == 0 or kind == "exact" or ids is not None,
            )

        @invariant()
        def same_ids(self):
            if hasattr(self, "index"):
                assert len(self.index) == len(self.oracle.embeddings)
                assert sorted(self.index.ids) == sorted(self.oracle.embeddings)

    return Changes


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("base", "examples"), [(0, 25), (6600, 3)])
def test_any_sequence_of_changes(kind, base, examples, oracle):
    # Past 6,400 embeddings HNSW walks its graph; below it scans them all.
    run_state_machine_as_test(
        machine(kind, base, oracle),
        settings=settings(
            max_examples=examples, stateful_step_count=12, deadline=None, derandomize=True
        ),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("ids", "count", "message"),
    [
        ([1, 2], 3, r"ids: shape \(2,\) for 3 embeddings"),
        ([1, -2, 3], 3, "ids: -2 is negative"),
        ([1, 7, 7], 3, "ids: 7 is repeated"),
    ],
)
def test_unusable_additions_change_nothing(kind, ids, count, message):
    index = build_index(kind, np.arange(100, 105), lambda rows: embedding_of(rows), DIM)
    with pytest.raises(ValueError, match=message):
        index.add(np.array(ids), embedding_of(range(count)))
    with pytest.raises(ValueError, match="embeddings: row 1 has norm 0;"):
        index.add(np.array([1, 2]), embedding_of([1, 2]) * np.array([[1], [0]], np.float32))
    assert sorted(index.ids) == [100, 101, 102, 103, 104]


def test_hnsw_asks_for_a_rebuild_past_a_quarter_of_dead_rows():
    index = build_index("hnsw", np.arange(100), lambda rows: embedding_of(rows), DIM)
    index.remove(np.arange(25))
    assert not index.needs_rebuild
    index.remove(np.array([25]))
    assert index.needs_rebuild


def test_ivf_asks_for_a_rebuild_past_four_times_its_training():
    index = build_index("ivf", np.arange(100), lambda rows: embedding_of(rows), DIM)
    index.add(np.arange(100, 400), embedding_of(range(100, 400)))
    assert not index.needs_rebuild
    index.add(np.array([400]), embedding_of([400]))
    assert index.needs_rebuild


@pytest.mark.parametrize("kind", KINDS)
def test_threads_search_at_once(kind, clustered):
    embeddings, queries = clustered(7000, 32, queries=64)
    ids = np.arange(7000)
    index = build_index(kind, ids, lambda rows: embeddings[rows], 32)
    # Different parameters at once: none may leak from one search into another.
    jobs = [
        (queries[start : start + 4], k, allowed)
        for start in range(0, 64, 4)
        for k in (1, 10, 40)
        for allowed in (None, ids[::2], ids[5:25])
    ]
    alone = [index.search(*job) for job in jobs]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda job: index.search(*job), jobs))
    for (scores, found), (scores_together, found_together) in zip(alone, together, strict=True):
        np.testing.assert_array_equal(found, found_together)
        np.testing.assert_array_equal(scores, scores_together)

"""The store of raw embeddings against a dict."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsearch.errors import CollectionDamaged
from vsearch.index.embeddings import EmbeddingStore

DIM = 6


def hash_of(number):
    return hashlib.sha256(str(number).encode()).hexdigest()


def embeddings_of(numbers):
    rows = [np.random.default_rng(number).standard_normal(DIM) for number in numbers]
    embeddings = np.array(rows, dtype=np.float32).reshape(-1, DIM)
    return embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)


def fill(store, *batches):
    for numbers in batches:
        store.append([hash_of(number) for number in numbers], embeddings_of(numbers))


def assert_holds(store, numbers):
    numbers = list(numbers)
    assert len(store) == len(set(numbers))
    hashes = [hash_of(number) for number in numbers]
    assert store.missing(hashes) == []
    np.testing.assert_array_equal(store.get(hashes), embeddings_of(numbers))


def shards(folder):
    return sorted(path.name for path in folder.iterdir())


def test_an_absent_folder_is_an_empty_store(tmp_path):
    store = EmbeddingStore(tmp_path / "encoder", DIM)
    assert len(store) == 0
    assert hash_of(1) not in store
    assert store.missing([hash_of(1), hash_of(2)]) == [hash_of(1), hash_of(2)]
    assert store.get([]).shape == (0, DIM)
    store.append([], np.empty((0, DIM), np.float32))
    store.compact()
    store.verify()
    assert_holds(EmbeddingStore(tmp_path / "encoder", DIM), [])


@given(
    batches=st.lists(st.lists(st.integers(0, 30), max_size=12), max_size=6),
    compact_after=st.sets(st.integers(0, 5)),
    reopen_after=st.sets(st.integers(0, 5)),
    shard_rows=st.integers(1, 9),
)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_any_sequence_of_appends(
    tmp_path_factory, batches, compact_after, reopen_after, shard_rows
):
    folder = tmp_path_factory.mktemp("store") / "encoder"
    size = shard_rows * (32 + 4 * DIM)
    store = EmbeddingStore(folder, DIM, shard_bytes=size)
    expected = set()
    for step, numbers in enumerate(batches):
        fill(store, numbers)
        expected.update(numbers)
        if step in compact_after:
            store.compact()
        if step in reopen_after:
            store = EmbeddingStore(folder, DIM, shard_bytes=size)
        assert_holds(store, expected)
        assert store.missing([hash_of(number) for number in range(-3, 0)]) == [
            hash_of(number) for number in range(-3, 0)
        ]
    assert_holds(EmbeddingStore(folder, DIM), expected)
    EmbeddingStore(folder, DIM).verify()


def test_a_stored_embedding_is_kept(tmp_path):
    store = EmbeddingStore(tmp_path, DIM)
    fill(store, [1, 2])
    store.append([hash_of(2), hash_of(3), hash_of(3)], embeddings_of([20, 3, 30]))
    assert_holds(store, [1, 2, 3])
    files = shards(tmp_path)
    fill(store, [1, 2, 3])
    assert shards(tmp_path) == files


def test_iterating_keeps_the_order(tmp_path):
    store = EmbeddingStore(tmp_path, DIM)
    fill(store, range(10), range(10, 25))
    numbers = [24, 3, 3, 17, 0, 9, 11]
    chunks = list(store.iterate([hash_of(number) for number in numbers], 3))
    assert [len(chunk) for chunk in chunks] == [3, 3, 1]
    np.testing.assert_array_equal(np.concatenate(chunks), embeddings_of(numbers))


def test_a_missing_embedding_is_named(tmp_path):
    store = EmbeddingStore(tmp_path, DIM)
    fill(store, [1])
    with pytest.raises(CollectionDamaged, match=rf"{hash_of(7)} \(2 missing\); run `vsearch"):
        store.get([hash_of(1), hash_of(7), hash_of(8)])


def test_compaction_leaves_few_shards_within_their_size(tmp_path):
    row = 32 + 4 * DIM
    store = EmbeddingStore(tmp_path, DIM, shard_bytes=40 * row)
    fill(store, range(100, 140), *([number] for number in range(90)))
    full = shards(tmp_path)[0]
    store.compact()
    assert full in shards(tmp_path)
    assert len(shards(tmp_path)) == 4  # The full one, 40, 40 and 10.
    assert_holds(store, [*range(90), *range(100, 140)])
    assert all(path.stat().st_size < 40 * row + 1000 for path in tmp_path.iterdir())
    files = shards(tmp_path)
    store.compact()
    assert shards(tmp_path) == files


def test_many_small_appends_are_merged_unasked(tmp_path):
    store = EmbeddingStore(tmp_path, DIM)
    for number in range(257):
        fill(store, [number])
    assert len(shards(tmp_path)) == 1
    assert_holds(store, range(257))


def test_a_reader_sees_what_was_stored_after_it_opened(tmp_path):
    writer = EmbeddingStore(tmp_path, DIM)
    fill(writer, [1], [2])
    reader = EmbeddingStore(tmp_path, DIM)
    fill(writer, [3])
    np.testing.assert_array_equal(reader.get([hash_of(3)]), embeddings_of([3]))


def test_a_reader_does_not_miss_what_was_stored_after_it_opened(tmp_path):
    reader = EmbeddingStore(tmp_path, DIM)
    fill(EmbeddingStore(tmp_path, DIM), [1])
    assert reader.missing([hash_of(1), hash_of(2)]) == [hash_of(2)]


def test_a_reader_outlives_a_compaction(tmp_path):
    writer = EmbeddingStore(tmp_path, DIM)
    fill(writer, [1, 2], [3], [4, 5])
    reader = EmbeddingStore(tmp_path, DIM)
    writer.compact()
    assert len(shards(tmp_path)) == 1
    assert_holds(reader, [1, 2, 3, 4, 5])
    fill(writer, [6])
    reader.get([hash_of(6)])
    assert_holds(reader, [1, 2, 3, 4, 5, 6])


def test_a_reader_that_opens_during_a_compaction_looks_again(tmp_path, monkeypatch):
    writer = EmbeddingStore(tmp_path, DIM)
    fill(writer, [1, 2], [3])
    listed = EmbeddingStore._paths
    compactions = []

    def list_then_compact(store):
        paths = listed(store)
        if store is not writer and not compactions:
            compactions.append(writer.compact())
        return paths

    monkeypatch.setattr(EmbeddingStore, "_paths", list_then_compact)
    assert_holds(EmbeddingStore(tmp_path, DIM), [1, 2, 3])
    assert compactions


def test_keys_that_begin_alike_are_told_apart(tmp_path):
    alike = ["ab" * 8 + f"{number:048x}" for number in range(20)]
    store = EmbeddingStore(tmp_path, DIM)
    store.append(alike[:9], embeddings_of(range(9)))
    store.append(alike[9:15], embeddings_of(range(9, 15)))
    for opened in (store, EmbeddingStore(tmp_path, DIM)):
        assert len(opened) == 15
        np.testing.assert_array_equal(opened.get(alike[:15]), embeddings_of(range(15)))
        assert opened.missing(alike) == alike[15:]


@pytest.mark.parametrize(
    ("hashes", "count", "message"),
    [
        (["ab"], 1, '"ab" is not a SHA-256 of 64 hex digits'),
        (["g" * 64], 1, "non-hexadecimal"),
        ([hash_of(1)], 2, "embeddings: 2 for 1 hashes"),
    ],
)
def test_unusable_appends_store_nothing(tmp_path, hashes, count, message):
    store = EmbeddingStore(tmp_path, DIM)
    with pytest.raises(ValueError, match=message):
        store.append(hashes, embeddings_of(range(count)))
    assert shards(tmp_path) == []

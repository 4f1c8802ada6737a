"""Small changes of a large index: what is written, what is shared, when it becomes one again."""

import os
from dataclasses import replace

import numpy as np
import pytest

from vsearch.errors import CollectionDamaged
from vsearch.index.choose import KINDS, build_index
from vsearch.index.generation import (
    open_generation,
    open_generation_to_change,
    publish,
    verify_generation,
)
from vsearch.index.layered import LayeredIndex
from vsearch.index.manifest import EncoderRecord, Manifest, write_manifest

DIM, SIZE = 16, 400
RANDOM = np.random.default_rng(0)
EMBEDDINGS = RANDOM.standard_normal((SIZE + 200, DIM)).astype(np.float32)
EMBEDDINGS /= np.linalg.norm(EMBEDDINGS, axis=1, keepdims=True)
IDS = np.arange(SIZE + 200, dtype=np.int64)

NEW = Manifest(
    encoder=EncoderRecord("architecture", "hub", "name", "0" * 32, "0" * 32, DIM),
    dim=DIM,
    created_at="2020-01-01T00:00:00+00:00",
    updated_at="2020-01-01T00:00:00+00:00",
    written_by="0.0.1",
    catalogue_id="c" * 32,
)


@pytest.fixture(params=KINDS)
def published(request, tmp_path):
    """A collection's folder and its manifest: an index of each kind."""
    write_manifest(tmp_path, NEW)
    index = build_index(request.param, IDS[:SIZE], lambda rows: EMBEDDINGS[rows], DIM)
    return tmp_path, publish(tmp_path, index, NEW)


def changed_a_little(folder, manifest):
    index = open_generation_to_change(folder, manifest)
    index.remove(IDS[10:20])
    index.add(IDS[SIZE : SIZE + 5], EMBEDDINGS[SIZE : SIZE + 5])
    return publish(folder, index, manifest)


def test_the_large_file_is_shared_and_the_checksums_hold(published):
    folder, first = published
    name = {"exact": "embeddings.npy"}.get(first.index_kind, "index.faiss")
    second = changed_a_little(folder, first)
    before, after = (folder / "index" / f"{one:08d}" / name for one in (1, 2))
    assert before.samefile(after)
    assert (second.index_kind, second.index_size) == (first.index_kind, SIZE - 5)
    for manifest in (first, second):
        verify_generation(folder, manifest)
    # Two generations on, the first folder is gone, and what it shared is not.
    third = changed_again(folder, second)
    assert not before.exists()
    verify_generation(folder, third)
    found = open_generation(folder, third).search(EMBEDDINGS[SIZE : SIZE + 1], 1)[1]
    assert found.tolist() == [[SIZE]]


def changed_again(folder, manifest):
    index = open_generation_to_change(folder, manifest)
    assert isinstance(index, LayeredIndex)
    index.remove(IDS[30:31])
    return publish(folder, index, manifest)


def test_readers_keep_the_generation_that_they_have_open(published):
    folder, first = published
    reader = open_generation(folder, first)
    second = changed_a_little(folder, first)
    newer = open_generation(folder, second)
    queries = EMBEDDINGS[[12, SIZE + 2]]
    assert reader.search(queries, 1)[1][0, 0] == 12
    ids = newer.search(queries, 3)[1]
    assert 12 not in ids
    assert ids[1, 0] == SIZE + 2
    # A filter allows some of either part, and holds for the index that it was made by.
    subset = newer.subset(np.array([12, 13, 50, SIZE + 1, SIZE + 2]))
    assert len(subset) == 3
    assert sorted(newer.search(queries[:1], 9, subset)[1][0, :3]) == [50, SIZE + 1, SIZE + 2]
    assert (newer.search(queries[:1], 9, subset)[1][0, 3:] == -1).all()
    newer.remove(IDS[50:51])
    with pytest.raises(ValueError, match="made by another index, or before this one was changed"):
        newer.search(queries, 1, subset)


def test_it_is_written_as_one_once_much_has_changed(published):
    folder, first = published
    index = open_generation_to_change(folder, first)
    index.add(IDS[SIZE : SIZE + 64], EMBEDDINGS[SIZE : SIZE + 64])
    assert not index.needs_merging
    index.add(IDS[SIZE + 64 : SIZE + 65], EMBEDDINGS[SIZE + 64 : SIZE + 65])
    assert index.needs_merging
    merged = index.merged()
    assert sorted(merged.ids) == IDS[: SIZE + 65].tolist()
    second = publish(folder, merged, first)
    assert not (folder / "index" / "00000002" / "recent").exists()
    assert not isinstance(open_generation(folder, second), LayeredIndex)


def test_what_is_hidden_goes_when_it_is_much(published):
    folder, first = published
    index = open_generation_to_change(folder, first)
    index.remove(IDS[:150])
    # FAISS can't take a node out of a graph.
    assert index.needs_merging is (index.kind != "hnsw")
    assert not index.needs_rebuild
    merged = index.merged()
    assert merged.hidden == (150 if index.kind == "hnsw" else 0)
    assert sorted(merged.ids) == IDS[150:SIZE].tolist()
    index = open_generation_to_change(folder, first)
    index.remove(IDS[:350])
    assert index.needs_rebuild is (index.kind != "exact")


def test_where_files_cant_be_linked_they_are_copied(published, monkeypatch):
    folder, first = published

    def refuse(*_names, **_options):
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    second = changed_a_little(folder, first)
    verify_generation(folder, second)
    assert len(open_generation(folder, second)) == SIZE - 5


@pytest.mark.parametrize("name", ["recent/embeddings.npy", "alive.npy"])
def test_a_part_that_is_gone_is_named(published, name):
    folder, first = published
    second = changed_a_little(folder, first)
    (folder / "index" / "00000002" / name).unlink()
    with pytest.raises(CollectionDamaged, match=rf"{name}: can't be read.*--rebuild"):
        open_generation(folder, second)


def test_a_size_that_doesnt_fit_is_refused(published):
    folder, first = published
    second = changed_a_little(folder, first)
    with pytest.raises(CollectionDamaged, match=r"395 embeddings.*where the manifest has 396"):
        open_generation_to_change(folder, replace(second, index_size=396))

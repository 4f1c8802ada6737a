"""What is saved opens again, and what is damaged says so."""

import json

import numpy as np
import pytest

from vsearch.errors import CollectionDamaged
from vsearch.index.choose import KINDS, build_index, open_index
from vsearch.index.ivf import IvfIndex

DIM = 16


@pytest.fixture
def saved(tmp_path, clustered):
    """Save an index of a kind; return its folder, the ids and the embeddings."""

    def save(kind, size=200):
        embeddings, _ = clustered(size, DIM)
        ids = np.arange(size) + 50
        index = build_index(kind, ids, lambda rows: embeddings[rows], DIM)
        index.remove(ids[:10])
        folder = tmp_path / kind
        folder.mkdir()
        index.save(folder)
        return folder, ids[10:], embeddings[10:]

    return save


@pytest.mark.parametrize("kind", KINDS)
def test_opening_gives_back_the_same_index(kind, saved, clustered, oracle):
    folder, ids, embeddings = saved(kind)
    index = open_index(folder)
    assert index.kind == kind
    assert index.dim == DIM
    assert sorted(index.ids) == ids.tolist()
    _, queries = clustered(0, DIM, queries=5)
    oracle(ids, embeddings).check(index.search(queries, 7), queries, 7, kind=kind)


@pytest.mark.parametrize("kind", KINDS)
def test_changing_an_opened_index_leaves_its_files_alone(kind, saved, clustered, oracle):
    folder, ids, embeddings = saved(kind)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    index = open_index(folder)
    index.add(ids[:0], embeddings[:0])
    index.remove(ids[:50])
    index.add(ids[:3], embeddings[:3])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    kept = np.r_[0:3, 50 : len(ids)]
    _, queries = clustered(0, DIM, queries=5)
    check = oracle(ids[kept], embeddings[kept]).check
    check(index.search(queries, 9), queries, 9, kind=kind)


@pytest.mark.parametrize("kind", KINDS)
def test_an_opened_index_outlives_its_folder(kind, saved, clustered, oracle):
    folder, ids, embeddings = saved(kind)
    index = open_index(folder)
    for path in folder.iterdir():
        path.unlink()
    _, queries = clustered(0, DIM, queries=5)
    oracle(ids, embeddings).check(index.search(queries, 7), queries, 7, kind=kind)


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_index_opens_and_grows(kind, tmp_path, clustered, oracle):
    empty = build_index(kind, np.empty(0, np.int64), lambda _: np.empty((0, DIM)), DIM)
    empty.save(tmp_path)
    index = open_index(tmp_path)
    assert len(index) == 0
    embeddings, queries = clustered(60, DIM, queries=5)
    index.add(np.arange(60), embeddings)
    oracle(np.arange(60), embeddings).check(index.search(queries, 7), queries, 7, kind=kind)


def test_int8_keeps_its_storage_and_stays_close(tmp_path, clustered):
    embeddings, queries = clustered(500, 64)
    index = build_index(
        "ivf", np.arange(500), lambda rows: embeddings[rows], 64, memory_bytes=500 * 64 * 2
    )
    index.save(tmp_path)
    reopened = open_index(tmp_path)
    assert isinstance(reopened, IvfIndex)
    assert (tmp_path / "index.faiss").stat().st_size < 500 * 64 * 2
    scores, found = reopened.search(queries, 10)
    true = np.take_along_axis(queries @ embeddings.T, found, axis=1)
    np.testing.assert_allclose(scores, true, atol=2e-2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("harm", ["missing", "empty", "cut", "text"])
def test_each_damaged_file_is_named(kind, harm, saved):
    folder, *_ = saved(kind)
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        match harm:
            case "missing":
                path.unlink()
            case "empty":
                path.write_bytes(b"")
            case "cut":
                path.write_bytes(content[: len(content) // 2])
            case "text":
                path.write_bytes(b"not what it should be\n" * 100)
        with pytest.raises(CollectionDamaged, match=str(path)):
            open_index(folder)
        path.write_bytes(content)
    open_index(folder)


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_another_index_are_noticed(kind, saved, tmp_path, clustered):
    folder, *_ = saved(kind)
    other = tmp_path / "other"
    other.mkdir()
    embeddings, _ = clustered(77, DIM)
    build_index(kind, np.arange(77), lambda rows: embeddings[rows], DIM).save(other)
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        if (other / path.name).read_bytes() == content:
            continue
        path.write_bytes((other / path.name).read_bytes())
        with pytest.raises(CollectionDamaged):
            open_index(folder)
        path.write_bytes(content)


def test_an_unknown_kind_is_named(saved):
    folder, *_ = saved("exact")
    description = folder / "index.json"
    description.write_text(json.dumps(json.loads(description.read_text()) | {"kind": "tree"}))
    with pytest.raises(CollectionDamaged, match='kind "tree" is none of exact, hnsw, ivf'):
        open_index(folder)

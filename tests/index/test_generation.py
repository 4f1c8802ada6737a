"""Publishing: readers see the old index or the new one, whatever happens in between."""

import errno
import os
import shutil
from datetime import datetime, timedelta

import numpy as np
import pytest

from vsearch import __version__
from vsearch.errors import CollectionDamaged, StorageError
from vsearch.index.choose import KINDS, build_index
from vsearch.index.generation import open_generation, publish, verify_generation
from vsearch.index.manifest import EncoderRecord, Manifest, read_manifest, write_manifest

DIM = 8
EMBEDDINGS = np.random.default_rng(0).standard_normal((60, DIM)).astype(np.float32)
EMBEDDINGS /= np.linalg.norm(EMBEDDINGS, axis=1, keepdims=True)

NEW = Manifest(
    encoder=EncoderRecord("architecture", "hub", "name", "0" * 32, "0" * 32, 8),
    dim=DIM,
    created_at="2020-01-01T00:00:00+00:00",
    updated_at="2020-01-01T00:00:00+00:00",
    written_by="0.0.1",
    catalogue_id="c" * 32,
)


def index_of(size, kind="exact"):
    return build_index(kind, np.arange(size), lambda rows: EMBEDDINGS[rows], DIM)


def folders(collection):
    return sorted(path.name for path in (collection / "index").iterdir())


@pytest.fixture
def collection(tmp_path):
    """A collection whose second generation is current; it finds 20 embeddings."""
    write_manifest(tmp_path, NEW)
    first = publish(tmp_path, index_of(10, "hnsw"), NEW)
    publish(tmp_path, index_of(20, "hnsw"), first)
    return tmp_path


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_published_is_current(tmp_path, kind):
    published = publish(tmp_path, index_of(30, kind), NEW)
    assert read_manifest(tmp_path) == published
    assert (published.generation, published.index_kind, published.index_size) == (1, kind, 30)
    assert published.written_by == __version__
    assert published.created_at == NEW.created_at
    written = datetime.fromisoformat(published.updated_at)
    assert written.utcoffset() == timedelta(0)
    assert written.year > 2020
    verify_generation(tmp_path, published)
    index = open_generation(tmp_path, published)
    assert index.search(EMBEDDINGS[:30], 1)[1][:, 0].tolist() == list(range(30))


def test_the_former_generation_stays_and_older_ones_go(collection):
    assert folders(collection) == ["00000001", "00000002"]
    reader = open_generation(collection, read_manifest(collection))
    for _ in range(3):
        manifest = read_manifest(collection)
        index = open_generation(collection, manifest)
        index.remove(index.ids[:1])
        publish(collection, index, manifest)
    assert folders(collection) == ["00000004", "00000005"]
    assert len(open_generation(collection, read_manifest(collection))) == 17
    # One that was opened before goes on with what it has.
    assert reader.search(EMBEDDINGS[:20], 1)[1][:, 0].tolist() == list(range(20))


def test_a_number_is_never_used_twice(collection):
    # Killed after the folder had its name, before the manifest had the number.
    manifest = read_manifest(collection)
    shutil.copytree(collection / "index" / "00000002", collection / "index" / "00000003")
    (collection / "index" / ".00000003.4711.partial").mkdir()
    assert len(open_generation(collection, manifest)) == 20
    assert publish(collection, index_of(5), manifest).generation == 4
    assert folders(collection) == ["00000002", "00000004"]


@pytest.mark.parametrize("room", [0, 10, 2000, 3000, 4000])
def test_a_full_disk_keeps_the_former_generation(collection, room, fill_disk_after):
    manifest = read_manifest(collection)
    with fill_disk_after(room), pytest.raises(StorageError, match="disk is full"):
        publish(collection, index_of(60, "hnsw"), manifest)
    assert_unchanged(collection, manifest)


@pytest.mark.parametrize("call", ["fsync", "rename", "replace", "mkdir"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_refusing_disk_keeps_the_former_generation(collection, call, code, monkeypatch):
    def refuse(*_args, **_options):
        raise OSError(code, os.strerror(code))

    manifest = read_manifest(collection)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        with pytest.raises(StorageError, match=str(collection)):
            publish(collection, index_of(60), manifest)
    assert_unchanged(collection, manifest)


def assert_unchanged(collection, manifest):
    assert read_manifest(collection) == manifest
    verify_generation(collection, manifest)
    assert len(open_generation(collection, manifest)) == 20
    assert not list(collection.rglob("*.partial"))
    # And with room again, it works.
    published = publish(collection, index_of(60), manifest)
    assert len(open_generation(collection, published)) == 60


@pytest.mark.parametrize("harm", ["missing", "cut", "longer"])
def test_a_file_of_another_size_is_named(collection, harm):
    manifest = read_manifest(collection)
    for path in sorted((collection / "index" / "00000002").iterdir()):
        content = path.read_bytes()
        if harm == "missing":
            path.unlink()
        else:
            path.write_bytes(content[:-3] if harm == "cut" else content + b"more")
        for check in (open_generation, verify_generation):
            with pytest.raises(
                CollectionDamaged, match=rf"{path}: .*`vsearch index --rebuild FEED`"
            ):
                check(collection, manifest)
        path.write_bytes(content)
    verify_generation(collection, manifest)


def test_a_flipped_bit_is_found_by_verifying(collection):
    manifest = read_manifest(collection)
    folder = collection / "index" / "00000002"
    for path in sorted(folder.iterdir()):
        if path.name == "generation.json":
            continue
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(CollectionDamaged, match=rf"{path}: .*checksum"):
            verify_generation(collection, manifest)
        path.write_bytes(content)


def test_a_manifest_that_does_not_fit_is_noticed(collection):
    publish(collection, index_of(30), read_manifest(collection))
    shutil.rmtree(collection / "index" / "00000003")
    shutil.copytree(collection / "index" / "00000002", collection / "index" / "00000003")
    with pytest.raises(CollectionDamaged, match="20 embeddings of 8 where the manifest has 30"):
        open_generation(collection, read_manifest(collection))


def test_a_collection_without_a_generation_says_so(tmp_path):
    with pytest.raises(CollectionDamaged, match="00000000"):
        open_generation(tmp_path, NEW)

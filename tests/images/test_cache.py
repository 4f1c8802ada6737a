"""The cache keeps whole files under the name of their content, or says why it can't."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from vsearch.errors import StorageError
from vsearch.images import cache
from vsearch.images.cache import ContentCache
from vsearch.images.content import content_hash


def files_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def test_what_is_stored_is_found_by_its_content(tmp_path):
    store = ContentCache(tmp_path / "cache")
    content = store.store(b"picture")
    assert content == content_hash(b"picture")
    assert store.load(content) == b"picture"
    assert files_in(tmp_path / "cache") == [f"{content[:2]}/{content}.bin"]


def test_what_is_not_there(tmp_path):
    assert ContentCache(tmp_path / "cache").load("0" * 64) is None


def test_the_same_content_is_written_once(tmp_path):
    store = ContentCache(tmp_path)
    path = tmp_path / store.store(b"picture")[:2] / f"{content_hash(b'picture')}.bin"
    os.utime(path, ns=(0, 0))
    store.store(b"picture")
    assert path.stat().st_mtime_ns == 0


@pytest.mark.parametrize("damage", [b"", b"pic", b"PICTURE"])
def test_a_damaged_file_counts_as_missing_and_is_written_anew(tmp_path, damage):
    store = ContentCache(tmp_path)
    content = store.store(b"picture")
    (tmp_path / content[:2] / f"{content}.bin").write_bytes(damage)
    assert store.load(content) is None
    assert store.store(b"picture") == content
    assert store.load(content) == b"picture"


def test_many_threads_store_the_same(tmp_path):
    store = ContentCache(tmp_path)
    data = bytes(range(256)) * 1000
    with ThreadPoolExecutor(8) as pool:
        (content,) = set(pool.map(lambda _: store.store(data), range(64)))
    assert store.load(content) == data
    assert len(files_in(tmp_path)) == 1


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "the disk is full; free some space and run it again"),
        (errno.EDQUOT, "the disk is full; free some space and run it again"),
        (errno.EROFS, "the folder can't be written; check its permissions"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch, number, message):
    class FailingFile:
        def __init__(self, descriptor, mode):
            self._descriptor = descriptor

        def __enter__(self):
            return self

        def __exit__(self, *error):
            os.close(self._descriptor)

        def write(self, data):
            os.write(self._descriptor, data[:3])
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(cache.os, "fdopen", FailingFile)
    with pytest.raises(StorageError) as caught:
        ContentCache(tmp_path).store(b"picture")
    assert str(caught.value).startswith(str(tmp_path))
    assert str(caught.value).endswith(message)
    assert files_in(tmp_path) == []


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "cache").write_text("in the way")
    store = ContentCache(tmp_path / "cache")
    with pytest.raises(StorageError, match="cache"):
        store.store(b"picture")
    with pytest.raises(StorageError, match="cache"):
        store.load("0" * 64)

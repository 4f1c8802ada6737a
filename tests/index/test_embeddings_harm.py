"""What a crash, a full disk and a damaged file do to the store of raw embeddings."""

import errno
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file

from vsearch.errors import CollectionDamaged, CollectionFormatError, StorageError
from vsearch.index.embeddings import EmbeddingStore

DIM = 4
UNIT = np.eye(DIM, dtype=np.float32)


def hash_of(number):
    return f"{number:064x}"


def stored(folder):
    store = EmbeddingStore(folder, DIM)
    return {number for number in range(100) if hash_of(number) in store}


@pytest.fixture
def folder(tmp_path):
    """A store of two shards: images 1, 2 and image 3."""
    store = EmbeddingStore(tmp_path / "encoder", DIM)
    store.append([hash_of(1), hash_of(2)], UNIT[:2])
    store.append([hash_of(3)], UNIT[2:3])
    return tmp_path / "encoder"


# Appends and compacts, and is killed at the Nth call of a function that touches the disk.
KILLED = """
import os, pathlib, signal, sys
import numpy as np
from vsearch.index.embeddings import EmbeddingStore

folder, name, left = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
really = getattr(os, name)

def counted(*args, **options):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return really(*args, **options)

setattr(os, name, counted)
store = EmbeddingStore(folder, 4)
for number in range(10, 14):
    store.append([f"{number:064x}"], np.eye(4, dtype=np.float32)[:1])
    print(number, flush=True)
store.compact()
print("compacted", flush=True)
"""


@pytest.mark.parametrize(
    ("call", "calls_left"),
    [("fsync", 0), ("fsync", 3), ("fsync", 8), ("replace", 1), ("replace", 4), ("unlink", 2)],
)
def test_killed_anywhere_nothing_stored_is_lost(folder, call, calls_left):
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), call, str(calls_left)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == -9, run.stderr
    acknowledged = {int(line) for line in run.stdout.split()}
    assert {1, 2, 3} | acknowledged <= stored(folder) <= {1, 2, 3} | set(range(10, 14))
    EmbeddingStore(folder, DIM).verify()
    # The next writer goes on, and sweeps up.
    store = EmbeddingStore(folder, DIM)
    store.append([hash_of(50)], UNIT[:1])
    store.compact()
    assert len(list(folder.iterdir())) == 1
    assert {1, 2, 3, 50} | acknowledged <= stored(folder)


@pytest.mark.parametrize("room", [0, 100, 500])
def test_a_full_disk_loses_nothing(folder, room, fill_disk_after):
    before = sorted(folder.iterdir())
    store = EmbeddingStore(folder, DIM)
    with (
        fill_disk_after(room),
        pytest.raises(StorageError, match=rf"{folder}/0000000.*what was stored before is kept"),
    ):
        store.append([hash_of(number) for number in range(10, 20)], np.repeat(UNIT[:1], 10, 0))
    assert sorted(folder.iterdir()) == before
    assert stored(folder) == {1, 2, 3}
    store.append([hash_of(10)], UNIT[:1])
    assert stored(folder) == {1, 2, 3, 10}


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_fills_up_late_loses_nothing(folder, call, monkeypatch):
    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = sorted(folder.iterdir())
    store = EmbeddingStore(folder, DIM)
    for change in (lambda: store.append([hash_of(10)], UNIT[:1]), store.compact):
        with monkeypatch.context() as patch:
            patch.setattr(os, call, full)
            with pytest.raises(StorageError, match="disk is full"):
                change()
        assert sorted(folder.iterdir()) == before
        assert stored(folder) == {1, 2, 3}


@pytest.mark.parametrize("harm", ["empty", "cut", "longer", "text"])
def test_a_damaged_shard_is_named(folder, harm):
    path = sorted(folder.iterdir())[0]
    content = path.read_bytes()
    path.write_bytes(
        {
            "empty": b"",
            "cut": content[:-5],
            "longer": content + b"more",
            "text": b"not what it should be\n" * 50,
        }[harm]
    )
    with pytest.raises(CollectionDamaged, match=rf"{path}: .*; delete it and run `vsearch index`"):
        EmbeddingStore(folder, DIM)
    path.unlink()
    assert stored(folder) == {3}


def test_a_flipped_bit_is_found_by_verifying(folder):
    path = sorted(folder.iterdir())[1]
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    store = EmbeddingStore(folder, DIM)
    with pytest.raises(CollectionDamaged, match=rf"{path}: .*checksum"):
        store.verify()


def test_a_shard_of_another_encoder_is_refused(folder):
    with pytest.raises(
        CollectionDamaged, match=r"length 4 by encoder encoder .* length 5 by other"
    ):
        EmbeddingStore(folder, 5, "other")


def test_a_shard_of_a_newer_format_is_refused(folder):
    path = sorted(folder.iterdir())[0]
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    header["__metadata__"]["format"] = "2"
    changed = json.dumps(header).encode()
    path.write_bytes(len(changed).to_bytes(8, "little") + changed)
    with pytest.raises(CollectionFormatError, match=r"format 2.* up to 1; upgrade vsearch"):
        EmbeddingStore(folder, DIM)


def test_any_safetensors_reader_reads_a_shard(folder):
    tensors = load_file(sorted(folder.iterdir())[0])
    assert tensors["keys"].tobytes().hex() == hash_of(1) + hash_of(2)
    np.testing.assert_array_equal(tensors["embeddings"], UNIT[:2])

"""One immutable file of embeddings and the image content hashes that they belong to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save

from vsearch.durable import write_atomically
from vsearch.errors import CollectionDamaged, CollectionFormatError
from vsearch.index.interface import Embeddings

#: Written into every shard; raised when a reader of the former number would misread it.
FORMAT = 1

#: Bytes of a key: a SHA-256 of an image's content.
KEY_BYTES = 32

Keys = npt.NDArray[np.uint8]
"""(n, 32) uint8."""


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """A safetensors file with tensors ``keys`` and ``embeddings``, memory-mapped."""

    path: Path
    keys: Keys
    embeddings: Embeddings
    checksum: str
    """SHA-256 over the bytes of the keys, then of the embeddings."""

    @property
    def size_bytes(self) -> int:
        """How much the tensors take."""
        return self.keys.nbytes + self.embeddings.nbytes

    def verify(self) -> None:
        """Read everything and compare it with the checksum.

        Raises:
            CollectionDamaged: they differ.
        """
        if _checksum(self.keys, self.embeddings) != self.checksum:
            raise damaged(self.path, "its content doesn't have its recorded checksum")


def write_shard(path: Path, keys: Keys, embeddings: Embeddings, encoder: str) -> None:
    """Write a shard whole or not at all.

    Raises:
        OSError: it can't be written.
    """
    metadata = {
        "format": str(FORMAT),
        "dim": str(embeddings.shape[1]),
        "encoder": encoder,
        "sha256": _checksum(keys, embeddings),
    }
    content = save({"keys": keys, "embeddings": embeddings}, metadata)
    write_atomically(path, lambda file: file.write(content))


def open_shard(path: Path, dim: int, encoder: str) -> Shard:
    """Map a shard; its pages are read when they are touched.

    Raises:
        FileNotFoundError: it isn't there (any more).
        CollectionDamaged: cut short, not a shard, or of another encoder.
        CollectionFormatError: written by a newer vsearch.
    """
    try:
        content = np.asarray(np.memmap(path, dtype=np.uint8, mode="r")).view(np.ndarray)
        length = int.from_bytes(content[:8].tobytes(), "little")
        header = json.loads(content[8 : 8 + length].tobytes())
        metadata = header["__metadata__"]
        _check_origin(path, metadata, dim, encoder)
        data = content[8 + length :]
        keys = _tensor(data, header["keys"], np.dtype(np.uint8), KEY_BYTES)
        embeddings = _tensor(data, header["embeddings"], np.dtype(np.float32), dim)
        if len(keys) != len(embeddings) or keys.nbytes + embeddings.nbytes != len(data):
            raise ValueError(f"{len(keys)} keys, {len(embeddings)} embeddings, {len(data)} bytes")
        return Shard(path, keys, embeddings, str(metadata["sha256"]))
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(path, f"not a whole shard of embeddings: {error}") from error


def damaged(path: Path, problem: str) -> CollectionDamaged:
    """Say what is wrong with a shard, and what to do."""
    return CollectionDamaged(
        f"{path}: {problem}; delete it and run `vsearch index` on the feed again,"
        " which encodes only the images that it held"
    )


def _check_origin(path: Path, metadata: dict[str, str], dim: int, encoder: str) -> None:
    written = int(metadata["format"])
    if written > FORMAT:
        raise CollectionFormatError(
            f"{path}: embeddings of format {written}, this vsearch reads up to {FORMAT};"
            " upgrade vsearch"
        )
    if int(metadata["dim"]) != dim or metadata["encoder"] != encoder:
        raise CollectionDamaged(
            f"{path}: holds embeddings of length {metadata['dim']} by encoder"
            f" {metadata['encoder']} among those of length {dim} by {encoder}; move it away"
        )


def _tensor(
    data: npt.NDArray[np.uint8], entry: dict[str, Any], dtype: np.dtype[Any], columns: int
) -> npt.NDArray[Any]:
    names = {np.dtype(np.uint8): "U8", np.dtype(np.float32): "F32"}
    if entry["dtype"] != names[dtype]:
        raise ValueError(f"{entry['dtype']} where {names[dtype]} is needed")
    start, end = entry["data_offsets"]
    return data[start:end].view(dtype).reshape(entry["shape"][0], columns)


def _checksum(keys: Keys, embeddings: Embeddings) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(keys).data)
    digest.update(np.ascontiguousarray(embeddings).data)
    return digest.hexdigest()

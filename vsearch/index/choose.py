"""Which kind of index fits, building one, opening one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from vsearch.errors import CollectionDamaged
from vsearch.index.description import FILE, Description
from vsearch.index.exact import ExactIndex
from vsearch.index.hnsw import LINKS, HnswIndex
from vsearch.index.interface import Embeddings, Ids, VectorIndex
from vsearch.index.ivf import IvfIndex, Storage
from vsearch.index.layered import RECENT, LayeredIndex, SavedIndex
from vsearch.index.subset import Rows

KINDS = ("exact", "hnsw", "ivf")

#: Floats that one query scans in about 10 ms on two cores (200,000 embeddings of 192).
_EXACT_FLOATS = 40_000_000

#: Past this many IVF is built in a third of the time, and finds as many of the neighbours.
_HNSW_MOST = 400_000

#: The share of the memory that an index may fill; the encoder and the catalogue need some.
_MEMORY_SHARE = 0.5

#: Embeddings read and added at a time.
_CHUNK = 16_384

_SEED = 20240229

Read = Callable[[Rows], Embeddings]
"""From (m,) int64 positions among the ids to their (m, dim) float32 embeddings."""


def choose_kind(size: int, dim: int, memory_bytes: int) -> str:
    """Return ``exact`` where a scan is quick, else ``hnsw`` where it fits, else ``ivf``.

    Args:
        size: how many embeddings the index will hold.
        dim: length of an embedding.
        memory_bytes: the machine's memory.
    """
    if size * dim <= _EXACT_FLOATS:
        return "exact"
    if size <= _HNSW_MOST and size * _hnsw_bytes(dim) <= _MEMORY_SHARE * memory_bytes:
        return "hnsw"
    return "ivf"


def build_index(
    kind: str,
    ids: Ids,
    read: Read,
    dim: int,
    *,
    memory_bytes: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> VectorIndex:
    """Build an index, reading the embeddings a chunk at a time.

    Args:
        kind: one of ``KINDS``.
        ids: (n,) int64, non-negative, each once.
        read: gives the embeddings at some positions of ``ids``. It is asked for each position
            once, in order; before that, for ``ivf``, for a sample in ascending order.
        dim: length of an embedding.
        memory_bytes: the machine's memory; where given, ``ivf`` keeps int8 when float16
            would take more than half of it.
        progress: called after each chunk with the number of embeddings that it added.

    Raises:
        ValueError: the kind is unknown, an id is negative or repeated, or what ``read`` gives
            has the wrong shape or isn't normalised.
    """
    index = _trained(kind, len(ids), read, dim, memory_bytes)
    for start in range(0, len(ids), _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, len(ids)), dtype=np.int64)
        index.add(ids[rows], read(rows))
        if progress is not None:
            progress(len(rows))
    return index


def open_index(folder: Path) -> SavedIndex | LayeredIndex:
    """Open what an index has saved, whatever its kind; its arrays are mapped, not read.

    Raises:
        CollectionDamaged: a file is missing, cut short, or of an unknown kind.
    """
    recent = folder / RECENT
    if recent.is_dir():
        return LayeredIndex(_open_saved(folder), folder, ExactIndex.open(recent))
    return _open_saved(folder)


def open_layered(folder: Path) -> LayeredIndex:
    """Open what an index has saved, to change a little of it.

    Raises:
        CollectionDamaged: as ``open_index``.
    """
    index = open_index(folder)
    return index if isinstance(index, LayeredIndex) else LayeredIndex(index, folder)


def _open_saved(folder: Path) -> SavedIndex:
    kind = Description.read(folder).kind
    match kind:
        case "exact":
            return ExactIndex.open(folder)
        case "hnsw":
            return HnswIndex.open(folder)
        case "ivf":
            return IvfIndex.open(folder)
    raise CollectionDamaged(f'{folder / FILE}: kind "{kind}" is none of {", ".join(KINDS)}')


def _trained(kind: str, size: int, read: Read, dim: int, memory_bytes: int | None) -> VectorIndex:
    match kind:
        case "exact":
            return ExactIndex(dim, capacity=size)
        case "hnsw":
            return HnswIndex(dim, capacity=size)
        case "ivf":
            index = IvfIndex(dim, _storage(size, dim, memory_bytes))
            if size:
                # In the feed's order neighbours resemble each other; a sample must not.
                random = np.random.default_rng(_SEED)
                rows = random.choice(size, IvfIndex.sample_size(size), replace=False)
                index.train(read(np.sort(rows)), size)
            return index
    raise ValueError(f'kind: "{kind}" is none of {", ".join(KINDS)}')


def _storage(size: int, dim: int, memory_bytes: int | None) -> Storage:
    float16_bytes = size * dim * np.dtype(np.float16).itemsize
    fits = memory_bytes is None or float16_bytes <= _MEMORY_SHARE * memory_bytes
    return "float16" if fits else "int8"


def _hnsw_bytes(dim: int) -> int:
    """Bytes of one embedding and its links: the lowest layer has two for each of the others."""
    return dim * np.dtype(np.float32).itemsize + 2 * LINKS * np.dtype(np.int32).itemsize

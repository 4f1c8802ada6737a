"""What each kind of index costs and finds: build, one query, recall against the exact scan.

    python benchmarks/index_kinds.py [--size 100000] [--dim 192]

The embeddings are seeded and clustered, as those of a catalogue are; uniform noise has no
neighbours to find.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt
from machine import print_heading

from vsearch.index.choose import KINDS, build_index, choose_kind, open_index

_QUERIES = 200
_K = 10
_GIB = 2**30

Embeddings = npt.NDArray[np.float32]


def main() -> None:
    """Print a line for each kind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=192)
    parser.add_argument("--kinds", nargs="*", default=KINDS, choices=KINDS)
    given = parser.parse_args()
    print_heading(f"{given.size:,} embeddings of {given.dim}, {_QUERIES} queries one by one")
    print(f"chosen by itself: {choose_kind(given.size, given.dim, 24 * _GIB)} (with 24 GiB)")
    gallery, queries = clustered(given.size, given.dim)
    truth = exact_neighbours(gallery, queries)
    for kind in given.kinds:
        measure(kind, gallery, queries, truth)


def clustered(size: int, dim: int) -> tuple[Embeddings, Embeddings]:
    """A gallery of ``size`` around a centre for every fifty, and queries near its members."""
    random = np.random.default_rng(0)
    centres = random.standard_normal((max(size // 50, 1), dim), dtype=np.float32)
    noise = random.standard_normal((size, dim), dtype=np.float32)
    gallery = normalised(centres[random.integers(0, len(centres), size)] + 0.7 * noise)
    near = gallery[random.choice(size, _QUERIES, replace=False)]
    blur = random.standard_normal((_QUERIES, dim), dtype=np.float32) / np.sqrt(dim)
    return gallery, normalised(near + 0.5 * blur)


def normalised(vectors: Embeddings) -> Embeddings:
    """Rows of length 1."""
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def exact_neighbours(gallery: Embeddings, queries: Embeddings) -> npt.NDArray[np.int64]:
    """(q, k) positions of the true nearest neighbours."""
    scores = queries @ gallery.T
    return np.argpartition(-scores, _K, axis=1)[:, :_K]


def measure(
    kind: str, gallery: Embeddings, queries: Embeddings, truth: npt.NDArray[np.int64]
) -> None:
    """Build, save, open and search one kind."""
    started = perf_counter()
    built = build_index(kind, np.arange(len(gallery)), lambda rows: gallery[rows], gallery.shape[1])
    build_s = perf_counter() - started
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        built.save(folder)
        size = sum(file.stat().st_size for file in folder.iterdir())
        started = perf_counter()
        index = open_index(folder)
        open_s = perf_counter() - started
        index.search(queries[:1], _K)
        times, found = [], []
        for query in queries:
            started = perf_counter()
            found.append(index.search(query[None], _K)[1][0])
            times.append(perf_counter() - started)
    pairs = zip(found, truth, strict=True)
    recall = np.mean([len(np.intersect1d(one, true)) / _K for one, true in pairs])
    print(
        f"{kind:<6} build {build_s:7.1f} s  {size / len(gallery):6.0f} bytes each"
        f"  open {open_s * 1e3:5.1f} ms  query {np.median(times) * 1e3:6.2f} ms"
        f"  recall@{_K} {recall:.3f}",
        flush=True,
    )


if __name__ == "__main__":
    main()

"""What the neighbours of every product cost, how many of the true ones they are, and an update.

    OMP_WAIT_POLICY=PASSIVE python benchmarks/neighbours.py [--size 100000] [-k 50]

The products are drawn as those of a shop are (products.py). The recall is measured against
FAISS's exact search of some products among all, which shares no code with the job. An
interrupted benchmark goes on where it was if it is given the same --folder. As the command line
does, threads are told not to spin while they wait.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import faiss
import numpy as np
import numpy.typing as npt
from machine import print_heading
from products import draw_products

from vsearch.cli.progress_bars import ProgressBars
from vsearch.neighbours.files import write_neighbours
from vsearch.neighbours.found import Found
from vsearch.neighbours.neighbours import Neighbours
from vsearch.neighbours.options import DEFAULT_RECALL, NeighbourOptions
from vsearch.neighbours.pictures import Gallery, Pictures
from vsearch.neighbours.ragged import Ragged
from vsearch.neighbours.run import find_neighbours

_SAMPLE = 500
_SAME_FROM = 0.97

#: The shares of the products that are taken away, and put in, for the update.
_CHANGED = 0.005

Embeddings = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


def main() -> None:
    """Print what each step takes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=192)
    parser.add_argument("-k", type=int, default=50)
    parser.add_argument("--recall", type=float, default=DEFAULT_RECALL)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    options = NeighbourOptions(k=given.k, recall=given.recall)
    print_heading(f"{given.size:,} products of {given.dim} dimensions, {given.k} neighbours each")
    changed = round(_CHANGED * given.size)
    with tempfile.TemporaryDirectory() as name:
        folder = given.folder or Path(name)
        embeddings = draw_products(given.size + changed, given.dim, 1).embeddings
        before, after = np.arange(given.size), np.arange(changed, given.size + changed)
        found = timed("all", folder, embeddings, before, options)
        report_recall(found, embeddings, before, options)
        with step("Parquet"):
            write_neighbours(folder / "neighbours.parquet", Neighbours(found, options))
        size = (folder / "neighbours.parquet").stat().st_size
        print(f"  {size / 2**20:,.0f} MiB")
        found = timed(f"{changed:,} gone, {changed:,} new", folder, embeddings, after, options)
        report_recall(found, embeddings, after, options)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory {peak:.1f} GiB, {embeddings.nbytes / 2**30:.1f} of it the benchmark's own")


def timed(
    name: str, folder: Path, embeddings: Embeddings, ids: Ids, options: NeighbourOptions
) -> Found:
    """Find the neighbours of the products that have these ids."""
    gallery = shop(embeddings, ids)
    with step(name), ProgressBars() as bars:
        found = find_neighbours(folder, gallery, options, bars)
    print(f"  searched for those of {found.searched:,}; recall measured then {found.recall:.4f}")
    return found


def shop(embeddings: Embeddings, ids: Ids) -> Gallery:
    """Products with one picture each, whose content is named by its row."""
    places = np.arange(len(ids))
    names = tuple(map(str, ids.tolist()))
    each = Ragged(np.arange(len(ids) + 1), places)
    pictures = Pictures(
        ids=ids,
        skus=names,
        groups=places,
        labels=np.zeros(len(ids), np.int64),
        digests=ids.astype(np.uint64),
        hashes=names,
        row_labels=np.zeros(len(ids), np.int64),
        rows=each,
        shown=each,
    )

    def read(hashes: Sequence[str]) -> Embeddings:
        return embeddings[np.array(hashes, np.int64)]

    return Gallery(pictures, read, embeddings.shape[1], "benchmark", _SAME_FROM)


def report_recall(
    found: Found, embeddings: Embeddings, ids: Ids, options: NeighbourOptions
) -> None:
    """Compare some products' neighbours with the true ones."""
    neighbours = Neighbours(found, options)
    drawn = np.random.default_rng(1).choice(ids, min(_SAMPLE, len(ids)), replace=False)
    # FAISS would copy a gallery that isn't contiguous; these ids are one range.
    gallery = embeddings[ids[0] : ids[-1] + 1]
    scores, places = faiss.knn(
        embeddings[drawn], gallery, 2 * options.k, faiss.METRIC_INNER_PRODUCT
    )
    shares = []
    for product, some, near in zip(drawn.tolist(), scores, places + ids[0], strict=True):
        true = near[(near != product) & (some < _SAME_FROM)][: options.k]
        known = {int(one.sku) for one in neighbours.of(str(product))}
        shares.append(np.mean([one in known for one in true.tolist()]))
    print(f"  recall@{options.k} of {len(drawn)} products against FAISS: {np.mean(shares):.4f}")


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print how long a block takes, on the clock and of the processor."""
    started, used = perf_counter(), cpu_s()
    yield
    wall, cpu = perf_counter() - started, cpu_s() - used
    print(f"{name}: {wall:.1f} s, of the processor {cpu:.1f} s", flush=True)


def cpu_s() -> float:
    """Seconds of the processor that this process has taken."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()

"""Filtered search: recall and time from everything allowed down to next to nothing.

    python benchmarks/filters.py [--size 1000000] [--dim 192] [--queries 100]
        [--kinds exact hnsw ivf] [--cache DIR]

Each kind of index answers with a prepared subset. Beside it, on the same graph or clusters:
FAISS's own search with a selector at its default parameters (efSearch 16, nprobe 1), and
post-filtering (ten times as many hits as wanted, from the unfiltered search, then dropping what
isn't allowed). Queries come one by one; their time is that of the processor, one thread, which
on an idle machine is the time that passes. Three filters of every selectivity:

    random  products drawn at random
    own     whole categories, the query's own first, and then those most like it
    other   whole categories, those least like the query's first

A kept ``--cache`` saves building: on two cores, a graph of a million takes 15 minutes.
"""

from __future__ import annotations

import argparse
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
from machine import print_heading
from products import Numbers, Products, draw_products

from vsearch.index.choose import KINDS, build_index, open_index
from vsearch.index.interface import NO_ID, Ids, VectorIndex
from vsearch.index.subset import Subset

_K = 10
_POST_FILTERED = 10
_SELECTIVITIES = (1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.001, 0.0001, 0.00001)
_FILTERS = ("random", "own", "other")
_MIB = 2**20

Way = Callable[[npt.NDArray[np.float32], Subset], Ids]
"""From a (1, dim) query and what is allowed to the ids found."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One way of answering one filter."""

    recall: float
    milliseconds: float

    def __str__(self) -> str:
        """Fixed width."""
        return f"{self.recall:5.3f} {self.milliseconds:7.2f}"


def main() -> None:
    """Print a table for each kind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=192)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--kinds", nargs="*", default=KINDS, choices=KINDS)
    parser.add_argument("--cache", type=Path, help="a folder that keeps built indexes")
    given = parser.parse_args()
    print_heading(
        f"{given.size:,} products x {given.dim}, {given.queries} queries one by one,"
        f" recall@{_K} and median ms"
    )
    products = draw_products(given.size, given.dim, given.queries)
    truth = true_neighbours(products)
    for kind in given.kinds:
        with kept_or_temporary(given.cache) as folder:
            measure(kind, products, truth, saved(kind, products, folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"peak memory {peak:,.0f} MiB, of which the embeddings to compare with are"
        f" {products.embeddings.nbytes / _MIB:,.0f}"
    )


def allowed_rows(products: Products, share: float, name: str, query: int) -> Numbers:
    """The rows that a filter of one selectivity allows to one query, ascending."""
    size = len(products.embeddings)
    count = max(1, round(size * share))
    if name == "random" or count == size:
        random = np.random.default_rng(round(1 / share))
        return np.sort(random.choice(size, count, replace=False))
    asked = products.asked[query]
    directions = products.category_directions
    likeness = directions @ directions[products.category[asked]]
    order = np.argsort(-likeness if name == "own" else likeness)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    # Whole categories in this order; of the last one, some families, the query's first.
    places = place[products.category]
    last = np.searchsorted(np.cumsum(np.bincount(places)), count)
    inside = places < last
    cut = np.flatnonzero(places == last)
    family = np.where(products.family[cut] == products.family[asked], -1, products.family[cut])
    missing = count - np.count_nonzero(inside)
    inside[cut[np.argsort(family, kind="stable")[:missing]]] = True
    return np.flatnonzero(inside)


def filters() -> Iterator[tuple[float, str]]:
    """Every selectivity with every filter; all filters are one where everything is allowed."""
    for share in _SELECTIVITIES:
        for name in _FILTERS if share < 1 else _FILTERS[:1]:
            yield share, name


Truth = dict[tuple[float, str], list[Numbers]]


def true_neighbours(products: Products) -> Truth:
    """For each filter and query the rows of its true nearest neighbours."""
    truth: Truth = {one: [] for one in filters()}
    for number, query in enumerate(products.queries):
        scores = products.embeddings @ query
        for share, name in truth:
            rows = allowed_rows(products, share, name, number)
            best = rows[np.argpartition(-scores[rows], min(_K, len(rows)) - 1)[:_K]]
            truth[share, name].append(best)
    return truth


def saved(kind: str, products: Products, folder: Path) -> Path:
    """The folder of a saved index; it is built where there is none yet."""
    size, dim = products.embeddings.shape
    index_folder = folder / f"{kind}-{size}-{dim}"
    if not index_folder.exists():
        index_folder.mkdir(parents=True)
        started = perf_counter()
        ids = np.arange(size, dtype=np.int64)
        index = build_index(kind, ids, lambda rows: products.embeddings[rows], dim)
        print(f"{kind}: built in {perf_counter() - started:.0f} s", flush=True)
        index.save(index_folder)
    return index_folder


@contextmanager
def kept_or_temporary(cache: Path | None) -> Iterator[Path]:
    """A folder for built indexes."""
    if cache is not None:
        yield cache
        return
    with TemporaryDirectory() as name:
        yield Path(name)


def measure(kind: str, products: Products, truth: Truth, folder: Path) -> None:
    """Print the table of one kind."""
    index = open_index(folder)
    ways = ways_of(index, folder, products)
    for way in ways.values():  # Everything mapped is read once.
        way(products.queries[:1], index.subset(index.ids))
    names = "".join(f"  {name + ': ' + way:<13}" for name in _FILTERS for way in ways)
    print(f"\n{kind}\n{'allowed':>8} {'prepare':>8}{names}", flush=True)
    for share in _SELECTIVITIES:
        asked = [one for one in truth if one[0] == share]
        measured = [answers(index, ways, products, truth[one], one) for one in asked]
        prepare = np.median([milliseconds for milliseconds, _ in measured])
        cells = "".join(f"  {cell}" for _, row in measured for cell in row)
        print(f"{share:>8.3%} {prepare:>8.2f}{cells}", flush=True)


def ways_of(index: VectorIndex, folder: Path, products: Products) -> dict[str, Way]:
    """Ours, FAISS's selector over the same structure, and dropping afterwards."""
    theirs = faiss_index(folder, products)
    parameters = {
        faiss.IndexHNSWFlat: faiss.SearchParametersHNSW,
        faiss.IndexIVFScalarQuantizer: faiss.SearchParametersIVF,
    }.get(type(theirs), faiss.SearchParameters)

    def ours(query: npt.NDArray[np.float32], subset: Subset) -> Ids:
        found: Ids = index.search(query, _K, subset)[1][0]
        return found

    def selector(query: npt.NDArray[np.float32], subset: Subset) -> Ids:
        bitmap = faiss.IDSelectorBitmap(len(subset.bitmap), faiss.swig_ptr(subset.bitmap))
        found: Ids = theirs.search(query, _K, params=parameters(sel=bitmap))[1][0]
        return found

    def post(query: npt.NDArray[np.float32], subset: Subset) -> Ids:
        found: Ids = index.search(query, _POST_FILTERED * _K)[1][0]
        found = found[subset.mask[found] & (found != NO_ID)]
        return found[:_K]

    return {"ours": ours, "FAISS": selector, "post": post}


def faiss_index(folder: Path, products: Products) -> Any:
    """FAISS's own index: the graph or the clusters that ours has, or a flat one."""
    path = folder / "index.faiss"
    if path.exists():
        return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    flat = faiss.IndexFlatIP(products.embeddings.shape[1])
    flat.add(products.embeddings)
    return flat


def answers(
    index: VectorIndex,
    ways: dict[str, Way],
    products: Products,
    truth: list[Numbers],
    asked: tuple[float, str],
) -> tuple[float, list[Cell]]:
    """Ask every query in every way; milliseconds to prepare the subset, and what came."""
    times: dict[str, list[float]] = {name: [] for name in ("prepare", *ways)}
    hits = dict.fromkeys(ways, 0)
    for number, true in enumerate(truth):
        ids = allowed_rows(products, *asked, number)
        started = process_time()
        subset = index.subset(ids)
        times["prepare"].append(process_time() - started)
        query = products.queries[number : number + 1]
        for name, way in ways.items():
            started = process_time()
            found = way(query, subset)
            times[name].append(process_time() - started)
            hits[name] += len(np.intersect1d(found, true))
    wanted = sum(len(true) for true in truth)
    median = {name: float(np.median(times[name]) * 1e3) for name in times}
    return median["prepare"], [Cell(hits[name] / wanted, median[name]) for name in ways]


if __name__ == "__main__":
    main()

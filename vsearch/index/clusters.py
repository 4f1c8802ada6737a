"""Visiting the clusters of an inverted file, the nearest first, with or without a filter."""

from __future__ import annotations

import faiss
import numpy as np

from vsearch.index.faiss_index import row_selector
from vsearch.index.interface import NO_ID, Embeddings, Scores
from vsearch.index.ranking import nothing
from vsearch.index.scan import inner_products
from vsearch.index.subset import Rows, Subset


def clusters_of_rows(searcher: faiss.IndexIVF, total: int) -> Rows:
    """(total,) the cluster that each row is in; 0 for one that is in none."""
    found = np.zeros(total, dtype=np.int64)
    lists = searcher.invlists
    for cluster in range(searcher.nlist):
        if size := lists.list_size(cluster):
            found[faiss.rev_swig_ptr(lists.get_ids(cluster), size)] = cluster
    return found


def visit(
    searcher: faiss.IndexIVF, queries: Embeddings, k: int, visits: int
) -> tuple[Scores, Rows]:
    """Search the ``visits`` clusters nearest to each query; all of them is exact.

    Returns:
        (q, k) scores, descending, and rows; ``-inf`` and ``NO_ID`` past the end.
    """
    parameters = faiss.SearchParametersIVF(nprobe=min(visits, searcher.nlist))
    scores, rows = searcher.search(queries, k, params=parameters)
    return scores, rows


def visit_subset(
    searcher: faiss.IndexIVF, queries: Embeddings, k: int, visits: int, subset: Subset
) -> tuple[Scores, Rows]:
    """Search clusters that hold any of the subset, until as many again change nothing.

    A filter may leave out a query's own neighbourhood. What it leaves is about equally far, and
    spread over many clusters, so that a number of visits that does without a filter may not do.

    Args:
        searcher: the inverted file.
        queries: (q, dim) float32, L2-normalised.
        k: how many.
        visits: how many clusters to search at first; all of them is exact.
        subset: what may be found, with its clusters.

    Returns:
        (q, k) scores, descending, and rows; ``-inf`` and ``NO_ID`` past the end.
    """
    scores, rows = nothing(len(queries), k)
    clusters = _nearest_clusters(searcher, queries, visits, subset)
    holding = clusters.shape[1]
    left, visited = np.arange(len(queries)), 0
    while len(left) and visited < holding:
        # Where seeing that nothing changes would take all the others, they are searched at once.
        until = visits if 2 * visits < holding else holding
        more = _search_clusters(searcher, queries[left], k, clusters[left, visited:until], subset)
        visited, visits = until, 2 * visits
        best_scores, best = _merged((scores[left], rows[left]), more)
        changed = ((best != rows[left]) | (best == NO_ID)).any(axis=1)
        scores[left], rows[left] = best_scores, best
        left = left[changed]
    return scores, rows


def _nearest_clusters(
    searcher: faiss.IndexIVF, queries: Embeddings, visits: int, subset: Subset
) -> Rows:
    """(q, holding) the clusters that hold any of the subset, for each query the nearest first.

    In any order where all of them are searched at once.
    """
    if subset.clusters is None:
        raise ValueError("subset: its clusters aren't known")
    if 2 * visits >= len(subset.clusters):
        return np.broadcast_to(subset.clusters, (len(queries), len(subset.clusters)))
    centres = faiss.rev_swig_ptr(
        faiss.downcast_index(searcher.quantizer).get_xb(), searcher.nlist * searcher.d
    ).reshape(searcher.nlist, searcher.d)
    similarities = inner_products(queries, centres)[:, subset.clusters]
    clusters: Rows = subset.clusters[np.argsort(-similarities, axis=1)]
    return clusters


def _search_clusters(
    searcher: faiss.IndexIVF, queries: Embeddings, k: int, clusters: Rows, subset: Subset
) -> tuple[Scores, Rows]:
    scores, rows = nothing(len(queries), k)
    queries, clusters = np.ascontiguousarray(queries), np.ascontiguousarray(clusters)
    # The similarities to the centres count only where residuals are stored.
    unused = np.zeros(clusters.shape, dtype=np.float32)
    # FAISS's own wrapper takes no parameters.
    searcher.search_preassigned_c(
        len(queries),
        faiss.swig_ptr(queries),
        k,
        faiss.swig_ptr(clusters),
        faiss.swig_ptr(unused),
        faiss.swig_ptr(scores),
        faiss.swig_ptr(rows),
        False,
        faiss.SearchParametersIVF(nprobe=clusters.shape[1], sel=row_selector(subset)),
    )
    return scores, rows


def _merged(some: tuple[Scores, Rows], more: tuple[Scores, Rows]) -> tuple[Scores, Rows]:
    """The best k of two times k hits."""
    scores, rows = np.hstack([some[0], more[0]]), np.hstack([some[1], more[1]])
    order = np.argsort(-scores, axis=1, kind="stable")[:, : some[0].shape[1]]
    return np.take_along_axis(scores, order, axis=1), np.take_along_axis(rows, order, axis=1)

"""Exact search: every candidate's similarity, in blocks that bound the memory."""

from __future__ import annotations

import faiss
import numpy as np
import numpy.typing as npt

from vsearch.index.interface import Embeddings, Ids, Scores
from vsearch.index.ranking import best, nothing

#: Similarities held at once: 64 MiB of float32.
_SIMILARITIES = 2**24

#: Floats copied at once when single rows are picked out: 64 MiB of float32.
_GATHERED = 2**24

#: Up to this many queries are multiplied one by one; more go through a matrix product.
_FEW_QUERIES = 4

#: Copying a row out costs about this many times what multiplying it in place costs.
_GATHER_COST = 8

#: Multiplying single rows in place costs about this many times what going over all of them does.
SKIP_COST = 3


def scan(
    queries: Embeddings,
    embeddings: Embeddings,
    ids: Ids,
    k: int,
    rows: npt.NDArray[np.int64] | None = None,
) -> tuple[Scores, Ids]:
    """Find the k nearest of each query among all the rows, or among some.

    Args:
        queries: (q, dim) float32, L2-normalised.
        embeddings: (n, dim) float32, L2-normalised; may be memory-mapped.
        ids: (n,) int64.
        k: how many, ≥ 1; may exceed the number of candidates.
        rows: (m,) int64, the rows that may be found, ascending; None for all.

    Returns:
        (q, k) float32 scores, descending, lower id first where equal, and (q, k) int64 ids;
        ``-inf`` and ``NO_ID`` past the end.
    """
    scores, found = nothing(len(queries), k)
    candidates = len(embeddings) if rows is None else len(rows)
    if not candidates:
        return scores, found
    kept = min(k, candidates)
    at_once = max(1, _SIMILARITIES // len(embeddings))
    for start in range(0, len(queries), at_once):
        batch = queries[start : start + at_once]
        similarities = _similarities(batch, embeddings, rows)
        for number, (query, row) in enumerate(zip(batch, similarities, strict=True), start):
            scores[number, :kept], found[number, :kept] = best(
                query, row, rows, embeddings, ids, kept
            )
    return scores, found


def _similarities(
    queries: Embeddings, embeddings: Embeddings, rows: npt.NDArray[np.int64] | None
) -> npt.NDArray[np.float32]:
    """(q, candidates) float32."""
    if rows is None:
        return inner_products(queries, embeddings)
    few = len(queries) <= _FEW_QUERIES
    if len(rows) * (SKIP_COST if few else _GATHER_COST) > len(embeddings):
        return inner_products(queries, embeddings)[:, rows]
    if few:
        return _products_in_place(queries, embeddings, rows)
    step = max(1, _GATHERED // embeddings.shape[1])
    similarities = np.empty((len(queries), len(rows)), dtype=np.float32)
    for start in range(0, len(rows), step):
        block = slice(start, start + step)
        similarities[:, block] = inner_products(queries, embeddings[rows[block]])
    return similarities


def _products_in_place(
    queries: Embeddings, embeddings: Embeddings, rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    products = np.empty((len(queries), len(rows)), dtype=np.float32)
    for query, row in zip(queries, products, strict=True):
        faiss.fvec_inner_products_by_idx(
            faiss.swig_ptr(row),
            faiss.swig_ptr(query),
            faiss.swig_ptr(embeddings),
            faiss.swig_ptr(rows),
            embeddings.shape[1],
            1,
            len(rows),
        )
    return products


def inner_products(queries: Embeddings, embeddings: Embeddings) -> npt.NDArray[np.float32]:
    """(q, n) float32 of contiguous (q, dim) queries and (n, dim) embeddings."""
    if len(queries) > _FEW_QUERIES:
        products: npt.NDArray[np.float32] = np.matmul(queries, embeddings.T)
        return products
    # One thread of FAISS already runs at the speed of memory. The two of BLAS are no faster,
    # and on a busy machine wait for each other: 8 ms instead of 1 on 50,000 x 192.
    products = np.empty((len(queries), len(embeddings)), dtype=np.float32)
    for query, row in zip(queries, products, strict=True):
        faiss.fvec_inner_products_ny(
            faiss.swig_ptr(row),
            faiss.swig_ptr(query),
            faiss.swig_ptr(embeddings),
            embeddings.shape[1],
            len(embeddings),
        )
    return products

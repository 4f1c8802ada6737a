"""The order of hits: the best score first, and the lower id first where scores are equal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vsearch.index.interface import NO_ID, Embeddings, Ids, Scores

#: More than float32 sums of the same products differ by when they are added in another order.
ROUNDING = 1e-6

#: Rows of a block that is summed in float64; bounds the memory when k is large.
_BLOCK_ROWS = 8192


def nothing(queries: int, k: int) -> tuple[Scores, Ids]:
    """Return (queries, k) scores and ids that say: no neighbours."""
    scores = np.full((queries, k), -np.inf, dtype=np.float32)
    return scores, np.full((queries, k), NO_ID, dtype=np.int64)


def ordered(scores: Scores, ids: Ids, k: int) -> tuple[Scores, Ids]:
    """Sort (q, found) hits within each query, clip scores to [-1, 1], fill up to k columns."""
    missing = ids == NO_ID
    clipped = np.where(missing, -np.inf, np.clip(scores, -1, 1)).astype(np.float32)
    order = np.lexsort((ids, -clipped), axis=-1)
    ranked_scores, ranked_ids = nothing(len(scores), k)
    found = min(k, ids.shape[1])
    ranked_scores[:, :found] = np.take_along_axis(clipped, order, axis=1)[:, :found]
    ranked_ids[:, :found] = np.take_along_axis(ids, order, axis=1)[:, :found]
    return ranked_scores, ranked_ids


def best(
    query: npt.NDArray[np.float32],
    similarities: npt.NDArray[np.float32],
    rows: npt.NDArray[np.int64] | None,
    embeddings: Embeddings,
    ids: Ids,
    k: int,
) -> tuple[Scores, Ids]:
    """Pick the k best of one query's candidates.

    BLAS gives two copies of one embedding scores that differ in the last bit, by where they
    stand. Summing the few best again in float64 lets equal embeddings have equal scores, so
    that results stay the same when an index is rebuilt in another order.

    Args:
        query: (dim,) float32.
        similarities: (n,) float32, of the candidates.
        rows: (n,) int64, the candidates' rows in ``embeddings`` and ``ids``; None for all.
        embeddings: (rows, dim) float32.
        ids: (rows,) int64.
        k: how many, 1 to n.

    Returns:
        (k,) scores in [-1, 1], descending, and (k,) ids.
    """
    count = len(similarities)
    if k < count:
        least = np.partition(similarities, count - k)[count - k]
        picked = np.flatnonzero(similarities >= least - ROUNDING)
    else:
        picked = np.arange(count)
    if rows is not None:
        picked = rows[picked]
    scores = np.empty(len(picked), dtype=np.float32)
    for start in range(0, len(picked), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        exact = embeddings[picked[block]].astype(np.float64) @ query.astype(np.float64)
        scores[block] = np.clip(exact, -1, 1)
    order = np.lexsort((ids[picked], -scores))[:k]
    return scores[order], ids[picked[order]]

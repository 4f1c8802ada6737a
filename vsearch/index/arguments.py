"""What every kind of index refuses, so that all of them refuse the same."""

from __future__ import annotations

import numpy as np

from vsearch.index.interface import Embeddings, Ids

#: How far from 1 the norm of an embedding may be: float32 rounding, bf16 encoders included.
NORM_TOLERANCE = 1e-3


def checked_embeddings(embeddings: Embeddings, dim: int, name: str) -> Embeddings:
    """Return (n, dim) float32 embeddings, contiguous.

    Raises:
        ValueError: of another shape, or a row that isn't finite and of L2 norm 1.
    """
    embeddings = np.ascontiguousarray(embeddings, dtype=np.float32)
    if embeddings.ndim != 2 or embeddings.shape[1] != dim:
        raise ValueError(f"{name}: shape {embeddings.shape} where (n, {dim}) is needed")
    norms = np.linalg.norm(embeddings, axis=1)
    # Written as "not close" rather than "far", so that NaN is caught too.
    wrong = np.flatnonzero(~(np.abs(norms - 1) <= NORM_TOLERANCE))
    if len(wrong):
        row = wrong[0]
        raise ValueError(f"{name}: row {row} has norm {norms[row]:.4g}; L2-normalise it first")
    return embeddings


def checked_new_ids(ids: Ids, count: int) -> Ids:
    """Return (count,) int64 ids.

    Raises:
        ValueError: of another number than the embeddings, negative, or repeated.
    """
    ids = np.asarray(ids, dtype=np.int64)
    if ids.shape != (count,):
        raise ValueError(f"ids: shape {ids.shape} for {count} embeddings")
    if count and ids.min() < 0:
        raise ValueError(f"ids: {ids.min()} is negative")
    values, counts = np.unique(ids, return_counts=True)
    if len(values) < count:
        raise ValueError(f"ids: {values[counts > 1][0]} is repeated")
    return ids


def checked_count(k: int) -> int:
    """Return k.

    Raises:
        ValueError: k is below 1.
    """
    if k < 1:
        raise ValueError(f"k: {k} where at least 1 is needed")
    return k

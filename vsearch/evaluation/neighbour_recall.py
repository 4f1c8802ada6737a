"""What an approximate index finds of what an exact search would."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vsearch.evaluation.metrics import PerQuery


def neighbour_recall(found: npt.NDArray[np.float32], exact: npt.NDArray[np.float32]) -> PerQuery:
    """The share of the k nearest neighbours that a search came upon: recall@k of an index.

    Aumüller, Bernhardsson and Faithfull, "ANN-Benchmarks", Information Systems 2020: a neighbour
    counts that is as near as the k-th nearest, so that of two equally near ones either may come.

    Args:
        found: (q, k) the true similarities of the distinct neighbours that came, in any order;
            -inf where fewer came.
        exact: (q, k) the similarities of the k nearest; -inf where there are fewer.

    Returns:
        (q,) 0 to 1; NaN where there is no neighbour at all.

    >>> exact = np.array([[0.9, 0.8, 0.8]], np.float32)
    >>> neighbour_recall(np.array([[0.8, 0.9, 0.7]], np.float32), exact).round(3).tolist()
    [0.667]

    Raises:
        ValueError: the shapes differ.
    """
    if found.shape != exact.shape or exact.ndim != 2:
        raise ValueError(f"two arrays (q, k) are needed, not {found.shape} and {exact.shape}")
    there = np.isfinite(exact)
    furthest = np.min(exact, axis=1, where=there, initial=np.inf, keepdims=True)
    came = np.isfinite(found) & (found >= furthest)
    counts = there.sum(axis=1)
    shares: PerQuery = np.full(len(exact), np.nan)
    np.divide(came.sum(axis=1), counts, out=shares, where=counts > 0)
    return shares

"""Embeddings brought to unit length, in NumPy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vsearch.encoder.interface import Embeddings


def unit_length(rows: npt.NDArray[np.float32]) -> Embeddings:
    """Divide each of (n, dim) float32 rows by its L2 norm; one of zeros stays zero."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    result: Embeddings = rows / np.maximum(norms, np.finfo(np.float32).tiny)
    return result

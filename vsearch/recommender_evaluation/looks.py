"""Baselines that see nothing but embeddings."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from vsearch.recommender_evaluation.gallery import Gallery
from vsearch.recommender_evaluation.popularity import PerProduct


def near_mean(
    embeddings: npt.NDArray[np.floating], weights: Mapping[int, float], otherwise: PerProduct
) -> PerProduct:
    """(n,) cosine similarity to the weighted mean of some products.

    Args:
        embeddings: (n, dim) L2-normalised.
        weights: of rows.
        otherwise: (n,) the scores where there are none.
    """
    if not weights:
        return otherwise
    mean = np.array(list(weights.values())) @ embeddings[list(weights)]
    similar: PerProduct = (embeddings @ (mean / (np.linalg.norm(mean) or 1))).astype(np.float64)
    return similar


def style(gallery: Gallery) -> npt.NDArray[np.float64]:
    """(n, dim) what an embedding shows beside its category: less its mean, L2-normalised."""
    rest = gallery.embeddings.astype(np.float64)
    for category in np.unique(gallery.categories):
        rows = gallery.categories == category
        rest[rows] -= rest[rows].mean(axis=0)
    lengths = np.linalg.norm(rest, axis=1, keepdims=True)
    # Alone in its category it has no style: what is left of it is rounding.
    unit: npt.NDArray[np.float64] = np.divide(
        rest, lengths, out=np.zeros_like(rest), where=lengths > 1e-6
    )
    return unit

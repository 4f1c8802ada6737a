"""How hard an approximate search must try: measured on the index itself, not guessed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from vsearch.index.interface import Embeddings, Scores

#: How many neighbours are to be found, and which share of them. More than the 0.98 that is
#: promised: the queries that come are not the ones that were measured with.
RECALL_AT = 10
_RECALL = 0.99

#: How many queries to measure with.
QUERIES = 256

#: Length of what another photo adds to an embedding: a cosine of about 0.85 to the first.
_PHOTO = 0.6

_STEP = 1.5

_SEED = 20240229


def other_photos(embeddings: Embeddings) -> Embeddings:
    """Embeddings as other photos of the same things would have them.

    Queries are further from the gallery than its members are from each other, and harder to
    find neighbours for.

    Args:
        embeddings: (n, dim) float32, L2-normalised.

    Returns:
        (n, dim) float32, L2-normalised; the same for the same embeddings.
    """
    random = np.random.default_rng(_SEED)
    noise = random.standard_normal(embeddings.shape, dtype=np.float32)
    noise *= _PHOTO / np.linalg.norm(noise, axis=1, keepdims=True)
    photos: Embeddings = embeddings + noise
    photos /= np.linalg.norm(photos, axis=1, keepdims=True)
    return photos


def drawn(size: int) -> npt.NDArray[np.int64]:
    """The places of at most ``QUERIES`` of ``size`` embeddings, ascending; always the same."""
    count = min(size, QUERIES)
    return np.sort(np.random.default_rng(_SEED).choice(size, count, replace=False))


def least_effort(search: Callable[[int], Scores], true: Scores, fewest: int, most: int) -> int:
    """Try harder until the search finds what an exact one finds.

    Args:
        search: from an effort to (q, k) float32 scores, descending.
        true: (q, k) float32 scores of the true neighbours, descending.
        fewest: the effort to begin with.
        most: the effort that needs no trial.

    Returns:
        The effort, at most ``most``.
    """
    effort = fewest
    while effort < most and (search(effort) >= true[:, -1:]).mean() < _RECALL:
        effort = int(effort * _STEP)
    return min(effort, most)

"""A history taken apart into interests: shoppers look for more than one thing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from vsearch.recommending.traits import Traits

#: What another category adds to the distance of two products, beside 1 - cosine: a green lamp
#: and a green apple look alike, and are wanted for different reasons.
_OTHER_CATEGORY = 0.3

#: Interests are told apart only where they are apart: the mean silhouette (Rousseeuw, 1987) from
#: which a history counts as more than one; 0 is no structure at all, 1 is far apart.
_APART_FROM = 0.1


def interests_of(history: Traits, most: int) -> npt.NDArray[np.int64]:
    """(n,) the number of the interest that each product of a history shows, from 0.

    Average linkage over looks and category; of all numbers of interests up to ``most`` the one
    whose mean silhouette is largest, or one interest where none is apart.
    """
    size = len(history)
    alone = np.zeros(size, np.int64)
    if size < 3 or most < 2:
        return alone
    distances = _distances(history)
    merges = linkage(squareform(distances, checks=False), "average")
    best, found = _APART_FROM, alone
    for number in range(2, min(most, size - 1) + 1):
        labels = fcluster(merges, number, "maxclust").astype(np.int64) - 1
        apart = silhouette(distances, labels)
        if apart > best:
            best, found = apart, labels
    return found


def silhouette(distances: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> float:
    """The mean silhouette of a clustering; a product that is alone counts 0.

    Args:
        distances: (n, n) symmetric, 0 on the diagonal.
        labels: (n,) from 0.
    """
    members = labels[:, None] == np.arange(labels.max() + 1)
    sizes = members.sum(axis=0)
    sums = distances @ members
    own = sizes[labels]
    within = np.take_along_axis(sums, labels[:, None], axis=1)[:, 0] / np.maximum(own - 1, 1)
    means = np.where(members, np.inf, sums / np.maximum(sizes, 1))
    means[:, sizes == 0] = np.inf
    nearest = means.min(axis=1)
    if not np.isfinite(nearest).all():
        return 0.0
    largest = np.maximum(np.maximum(within, nearest), 1e-12)
    return float(np.where(own > 1, (nearest - within) / largest, 0.0).mean())


def _distances(history: Traits) -> npt.NDArray[np.float64]:
    likeness = history.embeddings.astype(np.float64) @ history.embeddings.T
    others = history.wide[:, None] != history.wide
    distances = np.maximum(1 - likeness, 0) + _OTHER_CATEGORY * others
    np.fill_diagonal(distances, 0)
    symmetric: npt.NDArray[np.float64] = (distances + distances.T) / 2
    return symmetric

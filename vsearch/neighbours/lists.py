"""Pictures in lists, so that not every picture is compared with every other one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import faiss
import numpy as np
import numpy.typing as npt

from vsearch.index.interface import Embeddings
from vsearch.neighbours.ragged import Numbers
from vsearch.neighbours.similarity import Codes, Similarity

#: Pictures in a list of those that are compared with everything.
_PLAIN_LIST = 8_192

#: Fewest pictures in a list, on average: shorter ones cost more to look up than to go through.
_SHORTEST = 256

#: Pictures that one list's centre is trained on, and how often it is moved.
_SAMPLES = 40
_ROUNDS = 8

#: Embeddings looked at together: 50 MB of 192 dimensions.
_AT_ONCE = 65_536

_SEED = 20240229
_LEAST_SPREAD = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """Which of r pictures are in which list; a list holds pictures of one label."""

    order: Numbers
    """(c,) the pictures, one list after another."""
    starts: Numbers
    """(lists + 1,) where each begins in ``order``."""
    labels: Numbers
    """(lists,)"""
    means: Embeddings
    """(lists, dim) of the embeddings in each."""
    spreads: npt.NDArray[np.float32]
    """(lists,) standard deviation of the embeddings in each, along one dimension."""
    codes: Codes
    """(c, dim) the embeddings in that order, as they are multiplied."""

    def __len__(self) -> int:
        """How many lists."""
        return len(self.labels)

    @property
    def sizes(self) -> Numbers:
        """(lists,) how many pictures are in each."""
        return np.diff(self.starts)


def plain_lists(
    embeddings: Embeddings, rows: Numbers, labels: Numbers, similarity: Similarity
) -> Lists:
    """Lists in no particular order, for comparing everything with everything.

    Args:
        embeddings: (r, dim) float32; may be mapped from a file.
        rows: (c,) the pictures to put into lists, ascending.
        labels: (c,) theirs.
        similarity: how they will be multiplied.
    """
    number = np.zeros(len(rows), np.int64)
    count = 0
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        number[own] = count + np.arange(len(own)) // _PLAIN_LIST
        count = int(number[own].max()) + 1
    return _filed(embeddings, rows, labels, number, count, similarity)


def clustered_lists(
    embeddings: Embeddings, rows: Numbers, labels: Numbers, similarity: Similarity
) -> Lists:
    """Lists of what looks alike, by k-means within each label. Arguments as ``plain_lists``."""
    random = np.random.default_rng(_SEED)
    length = max(_SHORTEST, round(math.sqrt(len(rows)) / 2))
    number = np.zeros(len(rows), np.int64)
    count = 0
    order = np.argsort(labels, kind="stable")
    for own in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
        wanted = max(1, len(own) // length)
        if wanted > 1:
            number[own] = count + _clusters(embeddings, rows[own], wanted, random)
        else:
            number[own] = count
        count += wanted
    return _filed(embeddings, rows, labels, number, count, similarity)


def _clusters(
    embeddings: Embeddings, rows: Numbers, wanted: int, random: np.random.Generator
) -> Numbers:
    """(c,) the cluster of each row, 0 to ``wanted`` - 1."""
    drawn = random.choice(len(rows), min(len(rows), wanted * _SAMPLES), replace=False)
    trained = faiss.Kmeans(
        embeddings.shape[1],
        wanted,
        niter=_ROUNDS,
        seed=_SEED,
        max_points_per_centroid=_SAMPLES,
        min_points_per_centroid=1,
    )
    trained.train(np.ascontiguousarray(embeddings[rows[np.sort(drawn)]]))
    found = np.empty(len(rows), np.int64)
    for start in range(0, len(rows), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        _, nearest = trained.index.search(np.ascontiguousarray(embeddings[rows[part]]), 1)
        found[part] = nearest[:, 0]
    return found


def _filed(
    embeddings: Embeddings,
    rows: Numbers,
    labels: Numbers,
    number: Numbers,
    count: int,
    similarity: Similarity,
) -> Lists:
    dim = embeddings.shape[1]
    sizes = np.bincount(number, minlength=count)
    held = np.flatnonzero(sizes)  # k-means may leave a cluster empty.
    number, sizes = np.searchsorted(held, number), sizes[held]
    order = np.argsort(number, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    means = np.empty((len(held), dim), np.float32)
    spreads = np.empty(len(held), np.float32)
    codes = np.empty((len(rows), dim), similarity.kind)
    for one in range(len(held)):
        span = slice(starts[one], starts[one + 1])
        members = embeddings[rows[order[span]]]
        codes[span] = similarity.codes(members)
        means[one] = members.mean(axis=0)
        spreads[one] = max(_LEAST_SPREAD, math.sqrt(members.var(axis=0).mean()))
    first = order[starts[:-1]] if len(held) else order[:0]
    return Lists(rows[order], starts, labels[first], means, spreads, codes)

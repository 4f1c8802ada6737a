"""What the rest of vsearch knows of an index: embeddings in, nearest neighbours out."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from vsearch.index.subset import Subset

Ids = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
Embeddings = npt.NDArray[np.float32]

NO_ID = -1
"""Stands where a search has fewer than k neighbours; its score is -inf."""


class VectorIndex(Protocol):
    """A set of (id, embedding) that can be searched by cosine similarity.

    Embeddings are L2-normalised float32, so inner product is cosine. Ids are non-negative
    int64, each at most once. Searching is safe from many threads while nothing is written.
    """

    @property
    def kind(self) -> str:
        """``exact``, ``hnsw`` or ``ivf``."""

    @property
    def dim(self) -> int:
        """Length of an embedding."""

    def __len__(self) -> int:
        """How many embeddings can be found (removed ones don't count)."""

    @property
    def ids(self) -> Ids:
        """(n,) int64: every id that can be found, in no particular order."""

    @property
    def needs_rebuild(self) -> bool:
        """Whether changes have made it slower or less exact than a new one would be."""

    def add(self, ids: Ids, embeddings: Embeddings) -> None:
        """Add (n,) ids with their (n, dim) embeddings.

        Raises:
            ValueError: shapes don't fit, an id is negative, repeated or already there.
        """

    def remove(self, ids: Ids) -> int:
        """Remove those of the ids that are there; return how many there were."""

    def subset(self, ids: Ids) -> Subset:
        """Prepare what a filter allows, so that many searches pay for it once.

        Args:
            ids: any int64 ids, in any order; those that aren't there and repetitions are
                ignored.

        Returns:
            What ``search`` takes until something is added or removed; its length is the number
            of the ids that are there.
        """

    def search(
        self, queries: Embeddings, k: int, allowed: Ids | Subset | None = None
    ) -> tuple[Scores, Ids]:
        """Find the k nearest of each query, best first.

        Args:
            queries: (q, dim) float32, L2-normalised.
            k: how many, ≥ 1; may exceed the size of the index.
            allowed: where given, nothing outside it is returned.

        Returns:
            (q, k) float32 cosine similarities in [-1, 1], descending, and (q, k) int64 ids;
            ``-inf`` and ``NO_ID`` past the end.

        Raises:
            ValueError: the queries or k are unusable, or the subset is another index's or was
                made before this one was changed.
        """

    def save(self, folder: Path) -> None:
        """Write everything that opening needs into an existing, empty folder."""

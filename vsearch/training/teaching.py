"""Pictures beside what their teachers say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vsearch.encoder.interface import Embeddings
from vsearch.encoder.unit_length import unit_length
from vsearch.training.pictures import Readable


@dataclass(frozen=True)
class Teaching:
    """What a student is shown and told."""

    pictures: Sequence[Readable]

    imitated: Embeddings
    """(n, the student's dim) float32, L2-normalised: what the student is to give of each."""

    targets: Sequence[Embeddings]
    """By teacher: (n, its dim) float32, L2-normalised. All have a say in what is alike."""

    weights: Sequence[float]
    """How much each teacher's similarity counts."""

    def __len__(self) -> int:
        return len(self.pictures)

    @property
    def hashes(self) -> list[str]:
        """Of the pictures' contents."""
        return [picture.content_hash for picture in self.pictures]

    @property
    def groups(self) -> list[str | None]:
        """Of the pictures; None where nothing is known."""
        return [picture.picture.group for picture in self.pictures]

    def path(self, row: int) -> Path:
        """Of a picture's file."""
        return self.pictures[row].picture.path

    def similarity(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
        """Weighted mean of the teachers' cosines: (len(rows), n) float32."""
        total = sum(
            weight * (targets[rows] @ targets.T)
            for weight, targets in zip(self.weights, self.targets, strict=True)
        )
        return np.asarray(total / sum(self.weights), np.float32)


def towards_groups(
    embeddings: Embeddings, groups: Sequence[str | None], share: float
) -> Embeddings:
    """Move each embedding towards the mean of its group's: other pictures are other views.

    Args:
        embeddings: (n, dim) float32, L2-normalised.
        groups: n names; None belongs to no group.
        share: of the mean in the result, 0..1.

    Returns:
        (n, dim) float32, L2-normalised.
    """
    if not len(embeddings):
        return embeddings
    names = [group if group is not None else f"\0{row}" for row, group in enumerate(groups)]
    _, members = np.unique(names, return_inverse=True)
    sums = np.zeros((int(members.max()) + 1, embeddings.shape[1]), np.float32)
    np.add.at(sums, members, embeddings)
    means = unit_length(sums)
    return unit_length((1 - share) * embeddings + share * means[members])

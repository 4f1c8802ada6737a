"""Bringing a teacher's embeddings into a student's space, whatever their lengths."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vsearch.encoder.interface import Embeddings
from vsearch.encoder.unit_length import unit_length

Map = npt.NDArray[np.float32]
"""(teacher's dim, student's dim) float32: teacher @ map is in the student's space."""


def alignment(teacher: Embeddings, student: Embeddings) -> Map:
    """Find the map that keeps the teacher's cosines and lies nearest to the student as it is.

    Longer embeddings lose the directions in which the pictures differ least (truncated SVD,
    Eckart and Young 1936); what remains is turned towards the student's embeddings of the same
    pictures (orthogonal Procrustes, Schönemann 1966). Shorter ones lose nothing.

    Args:
        teacher: (n, its dim) float32, L2-normalised.
        student: (n, its dim) float32, L2-normalised, of the same pictures in the same order.
    """
    _, _, directions = np.linalg.svd(teacher, full_matrices=False)
    kept = directions[: student.shape[1]].T
    left, _, right = np.linalg.svd((teacher @ kept).T @ student, full_matrices=False)
    return np.asarray(kept @ (left @ right), np.float32)


def aligned(teacher: Embeddings, onto: Map) -> Embeddings:
    """Map embeddings into the student's space: (n, student's dim) float32, L2-normalised."""
    return unit_length(teacher @ onto)

"""Embeddings laid out on a plane: what is alike lies close together."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import numpy.typing as npt

from vsearch.errors import MissingExtra
from vsearch.index.interface import Embeddings

Points = npt.NDArray[np.float32]
"""(n, 2), x and y from 0 to below 1, y downwards."""

_SEED = 0
_PERPLEXITY = 30

#: Dimensions that t-SNE starts from: what is past them moves no point visibly, and costs time.
_REDUCED = 50

#: Up to so many points each one's neighbours are found by looking at all the others.
_COMPARED_EXACTLY = 20_000

#: Up to so many points the forces between them are summed up over a tree, then on a grid.
_SMALL = 2_000

#: Points that differ by no more than this are all one picture.
_ALIKE = 1e-5

#: Fewer points than this have no neighbourhoods to keep: their two main directions do.
_FEW = 10


def require_projection() -> None:
    """Check that a map can be made, before the work that it is to show.

    Raises:
        MissingExtra: openTSNE isn't installed.
    """
    if find_spec("openTSNE") is None:
        raise MissingExtra('a map needs openTSNE, which is not installed: pip install ".[map]"')


def project(embeddings: Embeddings) -> Points:
    """Lay (n, dim) L2-normalised embeddings out by t-SNE; the same again for the same input.

    Raises:
        MissingExtra: openTSNE isn't installed.
    """
    require_projection()
    reduced = _main_directions(embeddings, _REDUCED)
    if len(reduced) < _FEW or float(reduced.std(axis=0).max()) < _ALIKE:
        return _within_bounds(reduced[:, :2])
    from openTSNE import TSNE

    points = TSNE(
        perplexity=min(_PERPLEXITY, (len(reduced) - 1) / 3),
        initialization="pca",
        neighbors="exact" if len(reduced) <= _COMPARED_EXACTLY else "annoy",
        negative_gradient_method="bh" if len(reduced) <= _SMALL else "fft",
        n_jobs=-1,
        random_state=_SEED,
    ).fit(reduced)
    return _within_bounds(np.asarray(points, dtype=np.float32))


def _main_directions(embeddings: Embeddings, count: int) -> npt.NDArray[np.float32]:
    """(n, at least 2) float32: the principal components, the widest first."""
    centred = embeddings - embeddings.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    chosen = directions[:, ::-1][:, :count]
    # A component may point either way; where its largest part is positive is a choice.
    signs = np.sign(chosen[np.abs(chosen).argmax(axis=0), np.arange(chosen.shape[1])])
    reduced: npt.NDArray[np.float32] = (centred @ (chosen * signs)).astype(np.float32)
    return reduced


def _within_bounds(points: npt.NDArray[np.float32]) -> Points:
    """Move and scale alike in both directions, the longer one filling 0 to 1."""
    low, high = points.min(axis=0), points.max(axis=0)
    extent = float((high - low).max()) or 1.0
    scaled: Points = ((points - low) / extent * 0.9999).astype(np.float32)
    return scaled

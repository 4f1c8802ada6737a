"""Which images' embeddings lie close together: every pair of them, not only one's nearest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vsearch.catalogue_care.gallery import Gallery
from vsearch.index.interface import Embeddings, Ids, Scores
from vsearch.index.scan import scan
from vsearch.progress import Advance

#: Up to this many images are compared each with each, exactly, with all of their embeddings in
#: memory: 77 MB at 192 dimensions. More go through the published index.
COMPARED_EXACTLY = 100_000

#: An image is paired with at most this many, its nearest: a catalogue of ten thousand plain
#: T-shirts would otherwise have fifty million pairs.
MOST_NEIGHBOURS = 64

_FIRST_LOOK = 8
_BATCH = 512


Search = Callable[[Embeddings, int], tuple[Scores, Ids]]
"""As ``VectorIndex.search``."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of images, each once."""

    ids: npt.NDArray[np.int64]
    """(m, 2): the lower id first; ascending."""
    scores: npt.NDArray[np.float32]
    """(m,): cosines."""

    def __len__(self) -> int:
        return len(self.ids)


def near_pairs(gallery: Gallery, ids: Ids, threshold: float, advance: Advance) -> Pairs:
    """Find the pairs of a gallery's images whose cosine is at least ``threshold``.

    Exact where the published index is, and up to ``COMPARED_EXACTLY`` images; as complete as the
    index's recall beyond.

    Args:
        gallery: the collection.
        ids: (n,) int64, which of its images.
        threshold: -1 to 1.
        advance: told how many images have been looked at.
    """
    if gallery.index is None:
        return collected([])
    if gallery.index.kind == "exact" or len(ids) > COMPARED_EXACTLY:
        return pairs_within(gallery.index.search, ids, gallery.embeddings, threshold, advance)
    everything = gallery.embeddings(ids)

    def search(queries: Embeddings, k: int) -> tuple[Scores, Ids]:
        return scan(queries, everything, ids, k)

    return pairs_within(search, ids, gallery.embeddings, threshold, advance)


def pairs_within(
    search: Search,
    ids: Ids,
    read: Callable[[Ids], Embeddings],
    threshold: float,
    advance: Advance,
) -> Pairs:
    """Ask for the neighbours of each image and keep those that are close.

    A pair counts where either has the other among its ``MOST_NEIGHBOURS`` nearest.

    Args:
        search: finds the neighbours, of which only those in ``ids`` count.
        ids: (n,) int64.
        read: gives the (m, dim) embeddings of some of them.
        threshold: -1 to 1.
        advance: told how many images have been looked at.
    """
    found = []
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        found.append(_neighbours(search, batch, read(batch), threshold))
        advance(len(batch))
    pairs = collected(found)
    known = np.isin(pairs.ids, ids).all(axis=1)
    return Pairs(pairs.ids[known], pairs.scores[known])


def _neighbours(search: Search, batch: Ids, queries: Embeddings, threshold: float) -> Pairs:
    scores, found = search(queries, _FIRST_LOOK)
    # Most images have no near neighbour; only those with many are asked for more.
    crowded = np.flatnonzero(scores[:, -1] >= threshold)
    pairs = [_close(batch, scores, found, threshold)]
    if len(crowded):
        # One more, for an image is its own nearest.
        wide = search(queries[crowded], MOST_NEIGHBOURS + 1)
        pairs.append(_close(batch[crowded], *wide, threshold))
    return collected(pairs)


def _close(batch: Ids, scores: Scores, found: Ids, threshold: float) -> Pairs:
    mine = np.broadcast_to(batch[:, None], found.shape)
    close = (scores >= threshold) & (found != mine)
    ids = np.stack([mine[close], found[close]], axis=1)
    return Pairs(np.sort(ids, axis=1), scores[close])


def collected(parts: list[Pairs]) -> Pairs:
    """Put pairs together, each once, in ascending order."""
    if not parts:
        return Pairs(np.empty((0, 2), dtype=np.int64), np.empty(0, dtype=np.float32))
    ids = np.concatenate([part.ids for part in parts])
    scores = np.concatenate([part.scores for part in parts])
    # The two sides of a pair may differ in the last bit: the greater one stands.
    order = np.lexsort((-scores, ids[:, 1], ids[:, 0]))
    ids, scores = ids[order], scores[order]
    first = np.ones(len(ids), dtype=bool)
    first[1:] = (ids[1:] != ids[:-1]).any(axis=1)
    return Pairs(ids[first], scores[first])

"""Lists of neighbours, product by product."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vsearch.index.interface import Scores
from vsearch.neighbours.ragged import Numbers, spans


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourLists:
    """The neighbours of b products, each list the nearest first.

    Near-identical listings stand in a list, too: from which cosine on a listing counts as one
    may change, and then the others' places are known already.
    """

    products: Numbers
    """(b,) ids."""
    starts: Numbers
    """(b + 1,) where each list begins in ``neighbours``; the last is their number."""
    neighbours: Numbers
    """(t,) ids."""
    scores: Scores
    """(t,) cosines."""
    whole: npt.NDArray[np.bool_]
    """(b,) whether a list has all that there is; elsewhere it ends somewhere, and nothing that
    isn't in it is nearer than its end."""

    def __len__(self) -> int:
        """How many products."""
        return len(self.products)

    @property
    def sizes(self) -> Numbers:
        """(b,) how long each list is."""
        return np.diff(self.starts)

    @property
    def owners(self) -> Numbers:
        """(t,) to which of the b lists each neighbour belongs."""
        return np.repeat(np.arange(len(self)), self.sizes)

    def taken(self, places: Numbers) -> NeighbourLists:
        """Some of the lists, in the order of their places."""
        sizes = self.sizes[places]
        chosen = spans(self.starts[places], sizes)
        return NeighbourLists(
            self.products[places],
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            self.neighbours[chosen],
            self.scores[chosen],
            self.whole[places],
        )

    def kept(self, chosen: npt.NDArray[np.bool_]) -> NeighbourLists:
        """The lists with (t,) chosen neighbours only."""
        sizes = np.bincount(self.owners[chosen], minlength=len(self))
        return NeighbourLists(
            self.products,
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            self.neighbours[chosen],
            self.scores[chosen],
            self.whole,
        )

    def counted(self, chosen: npt.NDArray[np.bool_]) -> Numbers:
        """(b,) how many of (t,) chosen neighbours each list has."""
        return np.bincount(self.owners[chosen], minlength=len(self)).astype(np.int64)

    def shown(self, k: int, same_from: float) -> NeighbourLists:
        """The first k of each list, near-identical listings left out."""
        distinct = self.kept(self.scores < same_from)
        return distinct.kept(distinct.ranks <= k)

    @property
    def ranks(self) -> Numbers:
        """(t,) the place of each neighbour in its list, from 1."""
        return np.arange(len(self.neighbours)) - np.repeat(self.starts[:-1], self.sizes) + 1

    @property
    def ends(self) -> Scores:
        """(b,) nothing outside a list has a higher cosine; -inf where nothing is outside."""
        ends = np.full(len(self), -np.inf, np.float32)
        held = (self.sizes > 0) & ~self.whole
        ends[held] = self.scores[self.starts[1:][held] - 1]
        return ends


def no_lists() -> NeighbourLists:
    """Of no product."""
    none = np.empty(0, np.int64)
    return NeighbourLists(
        none, np.zeros(1, np.int64), none, np.empty(0, np.float32), np.empty(0, np.bool_)
    )


def joined(parts: list[NeighbourLists]) -> NeighbourLists:
    """Lists of several kinds of products as one."""
    if not parts:
        return no_lists()
    sizes = np.concatenate([part.sizes for part in parts])
    return NeighbourLists(
        np.concatenate([part.products for part in parts]),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.concatenate([part.neighbours for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.whole for part in parts]),
    )

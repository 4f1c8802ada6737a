"""From the nearest pictures of a product's pictures to its nearest products."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vsearch.index.interface import NO_ID, Scores
from vsearch.neighbours.join import Join, Nearest
from vsearch.neighbours.neighbour_lists import NeighbourLists, joined, no_lists
from vsearch.neighbours.pictures import Pictures
from vsearch.neighbours.ragged import Numbers

#: Pictures asked for beyond those that should do, and each time too few.
_SPARE_SHARE = 0.2
_SPARE = 8
_WIDEN = 4

#: Pictures asked for at first where only what is above a cosine counts.
_ENTERING = 16

#: Neighbours kept beyond k, so that the loss of a few doesn't cost a new search.
_KEPT_SHARE = 1 / 8
_KEPT = 4

#: Pairs of a product and a picture looked at together.
_PAIRS = 2**23


@dataclass(frozen=True)
class Finder:
    """Finds the neighbours of products."""

    pictures: Pictures
    join: Join
    k: int
    same_from: float
    """The cosine from which two pictures count as one; such neighbours don't count."""
    variants: bool
    """Whether variants of a product can be its neighbours."""

    @cached_property
    def has_several(self) -> bool:
        """Whether one product can be met twice, by two pictures of either."""
        return bool((self.pictures.rows.sizes > 1).any())

    @cached_property
    def wanted(self) -> int:
        """How many pictures to ask for at first."""
        shown = self.pictures.shown
        each = len(shown.values) / max(1, len(np.unique(shown.values)))
        most = _kept(self.k)
        return int(most * max(1.0, each) * (1 + _SPARE_SHARE)) + _SPARE

    def find(
        self, products: Numbers, *, everywhere: bool = False, above: Scores | None = None
    ) -> NeighbourLists:
        """Find the neighbours of (b,) products, given by their places in ``pictures``.

        Asks for more pictures of those that have too few neighbours until they have k, or all.

        Args:
            products: their places.
            everywhere: whether to look at all pictures, whatever that takes.
            above: (b,) where given, instead of k all neighbours with a higher cosine are found.
        """
        count = len(self.pictures.findable)
        if not count or not len(products):
            return self._nothing(products)
        wanted = min(self.wanted if above is None else _ENTERING, count)
        found: list[tuple[Numbers, NeighbourLists]] = []
        left = np.arange(len(products))
        while len(left):
            unsettled = []
            at_once = max(1, _PAIRS // wanted)
            for start in range(0, len(left), at_once):
                some = left[start : start + at_once]
                lists, below = self._look(products[some], wanted, everywhere=everywhere)
                if above is None:
                    distinct = lists.counted(lists.scores < self.same_from)
                    settled = lists.whole | (distinct >= self.k)
                    lists = cut(lists, self.k, self.same_from)
                else:
                    settled = below <= above[some]
                    lists = lists.kept(lists.scores > above[some][lists.owners])
                settled |= wanted >= count
                found.append((some[settled], lists.taken(np.flatnonzero(settled))))
                unsettled.append(some[~settled])
            left = np.concatenate(unsettled)
            wanted = min(wanted * _WIDEN, count)
        order = np.argsort(np.concatenate([places for places, _ in found]))
        return joined([lists for _, lists in found]).taken(order)

    def _nothing(self, products: Numbers) -> NeighbourLists:
        empty = no_lists()
        return NeighbourLists(
            self.pictures.ids[products],
            np.zeros(len(products) + 1, np.int64),
            empty.neighbours,
            empty.scores,
            np.ones(len(products), np.bool_),
        )

    def _look(
        self, products: Numbers, wanted: int, *, everywhere: bool
    ) -> tuple[NeighbourLists, Scores]:
        """The neighbours among so many pictures, and (b,) the cosine below which more may be."""
        owners, rows = self.pictures.rows.of(products)
        asking, place = np.unique(rows, return_inverse=True)
        nearest = self.join.nearest(asking, wanted, everywhere=everywhere)
        below = np.full(len(products), -np.inf, np.float32)
        np.maximum.at(below, owners, nearest.below[place])
        asked, neighbours, scores = self._products(products, owners, nearest, place.reshape(-1))
        # What was seen of one picture may be nearer to another one, where it wasn't seen.
        known = scores >= below[asked]
        asked, neighbours, scores = asked[known], neighbours[known], scores[known]
        lists = NeighbourLists(
            self.pictures.ids[products],
            np.searchsorted(asked, np.arange(len(products) + 1)).astype(np.int64),
            self.pictures.ids[neighbours],
            scores,
            below == -np.inf,
        )
        return lists, below

    def _products(
        self, products: Numbers, owners: Numbers, nearest: Nearest, place: Numbers
    ) -> tuple[Numbers, Numbers, Scores]:
        """Each product with every one that was found, by its best score, the best first."""
        width = nearest.rows.shape[1]
        rows, scores = nearest.rows[place].ravel(), nearest.scores[place].ravel()
        asked = np.repeat(owners, width)
        there = rows != NO_ID
        asked, rows, scores = asked[there], rows[there], scores[there]
        of, neighbours = self.pictures.shown.of(rows)
        asked, scores = asked[of], scores[of]
        other = neighbours != products[asked]
        if not self.variants:
            groups = self.pictures.groups
            other &= groups[neighbours] != groups[products[asked]]
        asked, neighbours, scores = asked[other], neighbours[other], scores[other]
        if not self.has_several:  # They are in their order already, each once.
            return asked, neighbours, scores
        order = np.lexsort((-scores, asked))
        pairs = asked[order] * len(self.pictures) + neighbours[order]
        order = order[np.sort(np.unique(pairs, return_index=True)[1])]
        return asked[order], neighbours[order], scores[order]


def cut(lists: NeighbourLists, k: int, same_from: float) -> NeighbourLists:
    """Leave off what stands behind the k neighbours and the spare ones of each list."""
    distinct = lists.scores < same_from
    before: Numbers = np.cumsum(distinct) - distinct
    places = before - np.repeat(
        np.concatenate([before, [distinct.sum()]])[lists.starts[:-1]], lists.sizes
    )
    kept = places < _kept(k)
    whole = lists.whole & (lists.counted(kept) == lists.sizes)
    shorter = lists.kept(kept)
    return NeighbourLists(
        shorter.products, shorter.starts, shorter.neighbours, shorter.scores, whole
    )


def _kept(k: int) -> int:
    return k + max(_KEPT, int(k * _KEPT_SHARE))

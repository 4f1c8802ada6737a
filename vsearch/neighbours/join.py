"""The nearest pictures of many pictures: list by list, all that ask of a list at once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import faiss
import numpy as np
import numpy.typing as npt

from vsearch.index.interface import NO_ID, Embeddings, Scores
from vsearch.neighbours.lists import Lists
from vsearch.neighbours.ragged import Numbers
from vsearch.neighbours.similarity import Codes, Multiplier, Similarity, highest, inner_products
from vsearch.recommending.asked import CategoryScope

#: Numbers held at once: 256 MiB of float32.
_HELD = 2**26

#: Products worked out at once, so that they stay in the processor's cache: 4 MiB of float32.
_MULTIPLIED = 2**20

#: Lists that every picture visits first; what it finds there tells which others are worth it.
_FIRST_VISITS = 16

#: So many times the neighbours that are wanted are to be in those lists.
_FIRST_SHARE = 4


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """The nearest pictures of q pictures, themselves among them."""

    rows: Numbers
    """(q, w) the nearest first; ``NO_ID`` where there are fewer."""
    scores: Scores
    """(q, w) cosines, descending; -inf where there are fewer."""
    below: npt.NDArray[np.float32]
    """(q,) nothing else that was looked at has a higher cosine; -inf where nothing else is."""


class Join:
    """Finds the nearest of the pictures that are in lists."""

    def __init__(
        self,
        embeddings: Embeddings,
        labels: Numbers,
        lists: Lists,
        similarity: Similarity,
        scope: CategoryScope,
        reach: float | None = None,
    ) -> None:
        """Prepare.

        Args:
            embeddings: (r, dim) float32 of all pictures; may be mapped from a file.
            labels: (r,) theirs.
            lists: the pictures that may be found.
            similarity: what the lists' codes were made with.
            scope: which labels' pictures a picture finds.
            reach: how unlikely a list may be to hold a neighbour and still be visited, in
                standard deviations; None for all lists. ``effort`` measures it.
        """
        self._embeddings = embeddings
        self._labels = labels
        self._lists = lists
        self._similarity = similarity
        self._scope = scope
        self._reach = reach

    def nearest(self, rows: Numbers, wanted: int, *, everywhere: bool = False) -> Nearest:
        """Find the ``wanted`` nearest of (q,) pictures.

        Args:
            rows: the pictures that ask.
            wanted: how many, ≥ 1.
            everywhere: whether to visit all lists, whatever the reach.
        """
        wanted = min(wanted, len(self._lists.order))
        found = Nearest(
            np.full((len(rows), wanted), NO_ID, np.int64),
            np.full((len(rows), wanted), -np.inf, np.float32),
            np.full(len(rows), -np.inf, np.float32),
        )
        if not wanted:
            return found
        at_once = max(1, _HELD // max(len(self._lists), 2 * wanted))
        for start in range(0, len(rows), at_once):
            part = slice(start, start + at_once)
            some = self._some(rows[part], wanted, everywhere=everywhere or self._reach is None)
            found.rows[part], found.scores[part], found.below[part] = some
        return found

    def visited_first(self, rows: Numbers, wanted: int) -> tuple[npt.NDArray[np.bool_], Scores]:
        """Which lists (q,) pictures visit in any case, and what they find there.

        Returns:
            (q, lists), and (q,) the ``wanted``-th cosine; -inf where there are fewer.
        """
        visit = _Visit(self._embeddings[rows], min(wanted, len(self._lists.order)), self)
        likeness = self._likeness(rows, visit.queries)
        first = self._first(likeness, wanted)
        visit.lists(first)
        return first, visit.least

    def unlikeliness(self, rows: Numbers, least: Scores) -> npt.NDArray[np.float32]:
        """(q, lists): how far above what a list usually holds a cosine of (q,) ``least`` is."""
        likeness = self._likeness(rows, self._embeddings[rows])
        return (least[:, None] - likeness) / self._lists.spreads

    def _some(
        self, rows: Numbers, wanted: int, *, everywhere: bool
    ) -> tuple[Numbers, Scores, npt.NDArray[np.float32]]:
        visit = _Visit(self._embeddings[rows], wanted, self)
        if everywhere:
            allowed = self._allowed(rows)
            visit.lists(
                np.ones((len(rows), len(self._lists)), np.bool_) if allowed is None else allowed
            )
            return visit.result(np.ones(len(rows), np.bool_))
        likeness = self._likeness(rows, visit.queries)
        first = self._first(likeness, wanted)
        visit.lists(first)
        # Where the lists so far hold too few, every list is visited.
        barred = likeness == -np.inf
        likeness += np.float32(self._reach or 0) * self._lists.spreads
        further = likeness >= visit.least[:, None]
        further &= ~(first | barred)
        visit.lists(further)
        everything = (first | further | barred).all(axis=1)
        return visit.result(everything)

    def _likeness(self, rows: Numbers, queries: Embeddings) -> npt.NDArray[np.float32]:
        """(q, lists) the mean cosine to what is in each list; -inf where it may not be found."""
        likeness = inner_products(queries, self._lists.means)
        allowed = self._allowed(rows)
        if allowed is not None:
            likeness[~allowed] = -np.inf
        return likeness

    def _allowed(self, rows: Numbers) -> npt.NDArray[np.bool_] | None:
        """(q, lists) which may be visited; None for all."""
        if self._scope is CategoryScope.ANY:
            return None
        same: npt.NDArray[np.bool_] = self._labels[rows][:, None] == self._lists.labels
        return same if self._scope is CategoryScope.SAME else ~same

    def _first(self, likeness: npt.NDArray[np.float32], wanted: int) -> npt.NDArray[np.bool_]:
        length = max(1.0, float(self._lists.sizes.mean()))
        count = max(_FIRST_VISITS, int(_FIRST_SHARE * wanted / length) + 1)
        first = np.zeros(likeness.shape, np.bool_)
        if count >= likeness.shape[1]:
            first[:] = True
        else:
            np.put_along_axis(first, highest(likeness, count), True, axis=1)
        return first & (likeness > -np.inf)


class _Visit:
    """What some pictures have found so far."""

    def __init__(self, queries: Embeddings, wanted: int, join: Join) -> None:
        self.queries = np.ascontiguousarray(queries)
        self._similarity = join._similarity
        self._lists = join._lists
        self._embeddings = join._embeddings
        self._codes: Codes = self._similarity.codes(self.queries)
        self._heap = faiss.ResultHeap(len(queries), wanted, keep_max=True)

    @property
    def least(self) -> Scores:
        """(q,) the lowest cosine that is kept; -inf where fewer than wanted were found."""
        least: Scores = self._similarity.cosines(self._heap.D[:, 0])
        return np.where(self._heap.I[:, 0] == NO_ID, np.float32(-np.inf), least)

    def lists(self, visits: npt.NDArray[np.bool_]) -> None:
        """Go through lists: (q, lists) who visits which."""
        starts, order = self._lists.starts.tolist(), self._lists.order
        longest = int(self._lists.sizes.max(initial=1))
        multiplier = Multiplier(self._similarity, max(_MULTIPLIED, longest))
        asking, number = np.nonzero(visits)
        # As 16 bits they are sorted by counting, which is ten times as quick.
        fitting = np.uint16 if len(self._lists) <= 2**16 else np.int64
        by_list = np.argsort(number.astype(fitting), kind="stable")
        asking, number = asking[by_list], number[by_list]
        bounds = np.searchsorted(number, np.arange(len(self._lists) + 1)).tolist()
        for one, (start, end) in enumerate(pairwise(starts)):
            visitors = asking[bounds[one] : bounds[one + 1]]
            at_once = max(1, _MULTIPLIED // (end - start))
            for place in range(0, len(visitors), at_once):
                some = visitors[place : place + at_once]
                products = multiplier.products(self._codes[some], self._lists.codes[start:end])
                self._heap.add_result_subset(some, products, order[start:end])

    def result(
        self, everything: npt.NDArray[np.bool_]
    ) -> tuple[Numbers, Scores, npt.NDArray[np.float32]]:
        """What was found, by cosines in full.

        Args:
            everything: (q,) whether all that there is was looked at.
        """
        least, rows = self.least, self._heap.I
        # Where something was pushed out, it may be as good as the error of rounded products.
        below = least + np.float32(self._similarity.error)
        has_room = (least == -np.inf) | (rows.shape[1] >= len(self._lists.order))
        below[has_room & everything] = -np.inf
        scores = self._in_full(rows)
        order = np.argsort(-scores, axis=1, kind="stable")
        rows = np.take_along_axis(rows, order, axis=1)
        return rows, np.take_along_axis(scores, order, axis=1), below

    def _in_full(self, rows: Numbers) -> Scores:
        scores = np.empty(rows.shape, np.float32)
        known = np.where(rows == NO_ID, 0, rows)
        if len(rows):
            faiss.fvec_inner_products_by_idx(
                faiss.swig_ptr(scores),
                faiss.swig_ptr(self.queries),
                faiss.swig_ptr(self._embeddings),
                faiss.swig_ptr(known),
                self.queries.shape[1],
                len(rows),
                rows.shape[1],
            )
        scores.clip(-1, 1, out=scores)
        scores[rows == NO_ID] = -np.inf
        return scores

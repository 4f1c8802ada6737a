"""HNSW: a graph of neighbours, the quickest to search, in as much memory as the embeddings."""

from __future__ import annotations

import math
from typing import Any, Self

import faiss
import numpy as np

from vsearch.errors import CollectionDamaged
from vsearch.index.description import Description
from vsearch.index.effort import RECALL_AT, drawn, least_effort, other_photos
from vsearch.index.faiss_index import FaissIndex
from vsearch.index.id_table import IdTable
from vsearch.index.interface import Embeddings, Ids, Scores
from vsearch.index.ranking import ROUNDING, nothing
from vsearch.index.scan import SKIP_COST, scan
from vsearch.index.subset import Rows, Subset

#: Neighbours of a node; the lowest layer has twice as many.
LINKS = 32

#: Candidates kept while a node is linked. Where products stand in families, fewer links or
#: candidates miss whole families: on a million, 16 and 100 find 0.79 of the neighbours.
_CONSTRUCTION_BREADTH = 100

#: Fewest candidates kept while searching.
_FEWEST_CANDIDATES = 64

#: Rows one after another that are scanned in the time that one more candidate costs the graph.
_SCANNED_PER_CANDIDATE = 100

#: Candidates kept for each hit that is wanted beyond the ones that they were measured with.
_CANDIDATES_PER_HIT = 5

#: So many more of the nearest are asked for than should do.
_SPARE = 1.5

#: A removed row costs time in every search; past this share a rebuild is cheaper.
_DEAD_SHARE = 0.25


class HnswIndex(FaissIndex):
    """A navigable graph over float32 embeddings.

    FAISS can't take a node out of the graph, so a removed one stays to lead the way and is
    left out of the results.
    """

    kind = "hnsw"

    def __init__(self, dim: int, capacity: int = 0) -> None:
        """Make an empty index.

        Args:
            dim: length of an embedding.
            capacity: how many embeddings to make room for at once.
        """
        searcher = faiss.IndexHNSWFlat(dim, LINKS, faiss.METRIC_INNER_PRODUCT)
        searcher.hnsw.efConstruction = _CONSTRUCTION_BREADTH
        # A std::vector keeps its room when it shrinks. Without this it doubles as it grows,
        # and holds three times the embeddings while it does.
        codes = faiss.downcast_index(searcher.storage).codes
        codes.resize(capacity * dim * np.dtype(np.float32).itemsize)
        codes.resize(0)
        super().__init__(searcher, IdTable())
        self._candidates = _FEWEST_CANDIDATES
        self._measure_at = capacity

    @property
    def needs_rebuild(self) -> bool:
        """Whether more than a quarter of the rows are removed ones."""
        return self._table.rows - len(self) > _DEAD_SHARE * self._table.rows

    def _add_rows(self, rows: Rows, embeddings: Embeddings) -> None:
        self._faiss.add(embeddings)
        if self._table.rows >= self._measure_at:
            self._measure_at = 2 * self._table.rows
            self._candidates = self._candidates_for_recall()

    def _candidates_for_recall(self) -> int:
        """How many candidates find the neighbours, at most so many that a scan is as quick."""
        most = self._table.rows // _SCANNED_PER_CANDIDATE
        if most <= _FEWEST_CANDIDATES:
            return _FEWEST_CANDIDATES
        queries = other_photos(self._embeddings()[drawn(self._table.rows)])
        true, _ = scan(queries, self._embeddings(), self._table.ids, RECALL_AT)

        def search(candidates: int) -> Scores:
            parameters = faiss.SearchParametersHNSW(efSearch=candidates)
            scores: Scores = self._faiss.search(queries, RECALL_AT, params=parameters)[0]
            return scores + ROUNDING

        return least_effort(search, true, _FEWEST_CANDIDATES, most)

    def purge(self) -> None:
        """Nothing: dead nodes stay until the graph is built anew."""

    def _remove_rows(self, rows: Rows) -> None:
        """Nothing: the table alone knows that a row is dead."""

    def _search_rows(
        self, queries: Embeddings, k: int, subset: Subset | None
    ) -> tuple[Scores, Ids]:
        if subset is None and len(self) < self._table.rows:
            subset = self._table.alive_subset
        if subset is not None:
            return self._search_among_nearest(queries, k, subset)
        if self._is_quicker_scanned(k, None):
            return self._search_exactly(queries, k, None)
        scores, rows = self._nearest(queries, k)
        return scores, self._table.ids_of(rows)

    def _search_among_nearest(
        self, queries: Embeddings, k: int, subset: Subset
    ) -> tuple[Scores, Ids]:
        """Widen until k of the nearest of all are allowed; these are the nearest allowed ones.

        How many that takes depends on where the query is: a filter may allow all of its
        neighbourhood or nothing of it. Where it takes too many, the subset is scanned.
        """
        scores, ids = nothing(len(queries), k)
        left = np.arange(len(queries))
        wanted = math.ceil(_SPARE * k * subset.total / len(subset))
        while len(left) and not self._is_quicker_scanned(wanted, subset):
            near_scores, rows = self._nearest(queries[left], wanted)
            allowed = subset.mask[rows] & (rows >= 0)
            found = np.count_nonzero(allowed, axis=1)
            done = found >= k
            first = np.argsort(~allowed[done], axis=1, kind="stable")[:, :k]
            scores[left[done]] = np.take_along_axis(near_scores[done], first, axis=1)
            ids[left[done]] = self._table.ids_of(np.take_along_axis(rows[done], first, axis=1))
            left, found = left[~done], found[~done]
            if len(left):
                # One half where none is found, so that the next step is a wide one.
                wanted = math.ceil(wanted * _SPARE * k / max(0.5, found.min()))
        if len(left):
            scores[left], ids[left] = self._search_exactly(queries[left], k, subset)
        return scores, ids

    def _nearest(self, queries: Embeddings, k: int) -> tuple[Scores, Rows]:
        """The k nearest of all, removed ones included, by the graph."""
        parameters = faiss.SearchParametersHNSW(efSearch=self._breadth(k))
        scores, rows = self._faiss.search(queries, k, params=parameters)
        return scores, rows

    def _breadth(self, k: int) -> int:
        """Candidates to keep so that the k nearest are among them."""
        return self._candidates + _CANDIDATES_PER_HIT * max(0, k - RECALL_AT)

    def _is_quicker_scanned(self, k: int, subset: Subset | None) -> bool:
        """Whether a scan takes less time than the graph does for the k nearest of all."""
        total = self._table.rows
        rows = total if subset is None else min(total, SKIP_COST * len(subset))
        return rows < self._breadth(k) * _SCANNED_PER_CANDIDATE

    def _search_exactly(
        self, queries: Embeddings, k: int, subset: Subset | None
    ) -> tuple[Scores, Ids]:
        if subset is None and len(self) < self._table.rows:
            subset = self._table.alive_subset
        rows = None if subset is None else subset.rows
        return scan(queries, self._embeddings(), self._table.ids, k, rows)

    def _embeddings(self) -> Embeddings:
        """(rows, dim) float32: FAISS's own array, not a copy; valid until something is added."""
        storage = faiss.downcast_index(self._faiss.storage)
        flat = faiss.rev_swig_ptr(storage.get_xb(), self._table.rows * self.dim)
        embeddings: Embeddings = flat.reshape(-1, self.dim)
        return embeddings

    def _parameters(self) -> dict[str, int]:
        return {"candidates": self._candidates}

    @classmethod
    def _reopened(cls, searcher: Any, table: IdTable, description: Description) -> Self:
        if searcher.ntotal != table.rows:
            raise CollectionDamaged(f"HNSW index: {searcher.ntotal} nodes for {table.rows} ids")
        index = cls.__new__(cls)
        FaissIndex.__init__(index, searcher, table)
        # Older ones weren't measured.
        index._candidates = description.parameters.get("candidates", _FEWEST_CANDIDATES)
        index._measure_at = 2 * table.rows
        return index

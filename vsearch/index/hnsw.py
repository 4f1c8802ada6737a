"""HNSW: a graph of neighbours, the quickest to search, in as much memory as the embeddings."""

from __future__ import annotations

from typing import Any, Self

import faiss
import numpy as np

from vsearch.errors import CollectionDamaged
from vsearch.index.description import Description
from vsearch.index.faiss_index import FaissIndex, row_selector
from vsearch.index.id_table import IdTable, Rows
from vsearch.index.interface import Embeddings, Ids, Scores
from vsearch.index.scan import scan

#: Neighbours of a node; the lowest layer has twice as many.
LINKS = 16

#: Candidates kept while a node is linked. On 200,000 x 192 in blurred clusters, 32 links and
#: 40 candidates miss whole clusters (recall@10 of 0.92); 16 and 100 reach 0.997.
_CONSTRUCTION_BREADTH = 100

#: Fewest candidates kept while searching.
_SEARCH_BREADTH = 64

#: Rows that can be scanned exactly in the time that one more candidate costs the graph.
_SCANNED_PER_CANDIDATE = 16

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

    @property
    def needs_rebuild(self) -> bool:
        """Whether more than a quarter of the rows are removed ones."""
        return self._table.rows - len(self) > _DEAD_SHARE * self._table.rows

    def _add_rows(self, rows: Rows, embeddings: Embeddings) -> None:
        self._faiss.add(embeddings)

    def _remove_rows(self, rows: Rows) -> None:
        """Nothing: the table alone knows that a row is dead."""

    def _search_rows(self, queries: Embeddings, k: int, rows: Rows | None) -> tuple[Scores, Ids]:
        total = self._table.rows
        if rows is None and len(self) < total:
            rows = self._table.alive_rows
        candidates = total if rows is None else len(rows)
        # Of the candidates that the graph search keeps, only this share may be found.
        breadth = int(max(_SEARCH_BREADTH, 2 * k) * total / candidates)
        if candidates < breadth * _SCANNED_PER_CANDIDATE:
            return self._search_exactly(queries, k, rows)
        if rows is None:
            return self._search_graph(queries, k, breadth, None)
        with row_selector(rows, total) as selector:
            return self._search_graph(queries, k, breadth, selector)

    def _search_graph(
        self, queries: Embeddings, k: int, breadth: int, selector: faiss.IDSelector | None
    ) -> tuple[Scores, Ids]:
        parameters = faiss.SearchParametersHNSW(efSearch=breadth, sel=selector)
        scores, rows = self._faiss.search(queries, k, params=parameters)
        return scores, self._table.ids_of(rows)

    def _search_exactly(self, queries: Embeddings, k: int, rows: Rows | None) -> tuple[Scores, Ids]:
        if rows is None and len(self) < self._table.rows:
            rows = self._table.alive_rows
        return scan(queries, self._embeddings(), self._table.ids, k, rows)

    def _embeddings(self) -> Embeddings:
        """(rows, dim) float32: FAISS's own array, not a copy; valid until something is added."""
        storage = faiss.downcast_index(self._faiss.storage)
        flat = faiss.rev_swig_ptr(storage.get_xb(), self._table.rows * self.dim)
        embeddings: Embeddings = flat.reshape(-1, self.dim)
        return embeddings

    def _parameters(self) -> dict[str, int]:
        return {}

    @classmethod
    def _reopened(cls, searcher: Any, table: IdTable, description: Description) -> Self:
        if searcher.ntotal != table.rows:
            raise CollectionDamaged(f"HNSW index: {searcher.ntotal} nodes for {table.rows} ids")
        index = cls.__new__(cls)
        FaissIndex.__init__(index, searcher, table)
        return index

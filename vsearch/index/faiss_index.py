"""What the FAISS kinds share: ids, selectors, exactness where it is due, opening, saving."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Self

import faiss

from vsearch.errors import CollectionDamaged
from vsearch.index.arguments import checked_count, checked_embeddings, checked_new_ids
from vsearch.index.description import Description
from vsearch.index.faiss_file import load_faiss, map_faiss, write_faiss
from vsearch.index.id_table import IdTable
from vsearch.index.interface import NO_ID, Embeddings, Ids, Scores
from vsearch.index.ranking import nothing, ordered
from vsearch.index.subset import Rows, Subset

_FILE = "index.faiss"


class FaissIndex(ABC):
    """A FAISS index over rows, and a table that says which id each row holds.

    FAISS counts rows from 0 in the order of adding; a row is never used twice, so an id that
    is removed and added again gets a new one.
    """

    kind: ClassVar[str]
    large_file: ClassVar[str] = _FILE

    def __init__(self, searcher: Any, table: IdTable) -> None:
        self._faiss = searcher
        self._table = table
        self._mapped_file: Path | None = None

    @property
    def dim(self) -> int:
        """Length of an embedding."""
        return int(self._faiss.d)

    def __len__(self) -> int:
        """How many embeddings can be found."""
        return len(self._table)

    @property
    def ids(self) -> Ids:
        """(n,) int64: every id that can be found, in no particular order."""
        return self._table.alive_ids

    @property
    @abstractmethod
    def needs_rebuild(self) -> bool:
        """Whether changes have made it slower or less exact than a new one would be."""

    def add(self, ids: Ids, embeddings: Embeddings) -> None:
        """Add (n,) ids with their (n, dim) embeddings; see ``VectorIndex.add``."""
        embeddings = checked_embeddings(embeddings, self.dim, "embeddings")
        ids = checked_new_ids(ids, len(embeddings))
        if len(ids):
            self._make_changeable()
            self._add_rows(self._table.append(ids), embeddings)

    def remove(self, ids: Ids) -> int:
        """Remove those of the ids that are there; return how many there were."""
        rows = self._table.rows_of(ids)
        if len(rows):
            self._remove_rows(rows)
            self._table.kill(rows)
        return len(rows)

    def known(self, ids: Ids) -> Ids:
        """Those of some ids that are there, each once, in the order of their rows."""
        return self._table.ids_of(self._table.rows_of(ids))

    def hide(self, ids: Ids) -> int:
        """As ``remove``, without touching what FAISS holds, so that its file still does."""
        rows = self._table.rows_of(ids)
        if len(rows):
            self._table.kill(rows)
        return len(rows)

    @abstractmethod
    def purge(self) -> None:
        """Let go of what is hidden, where FAISS can; it is read into memory for it."""

    @property
    def hidden(self) -> int:
        """How many embeddings FAISS holds that can't be found."""
        return int(self._faiss.ntotal) - len(self)

    def subset(self, ids: Ids) -> Subset:
        """Prepare what a filter allows; see ``VectorIndex.subset``."""
        return self._prepared(ids)

    def search(
        self, queries: Embeddings, k: int, allowed: Ids | Subset | None = None
    ) -> tuple[Scores, Ids]:
        """Find the k nearest of each query; see ``VectorIndex.search``.

        As many as there are come back, up to k: where the approximate search finds fewer, the
        query is answered exactly.
        """
        queries = checked_embeddings(queries, self.dim, "queries")
        subset = None if allowed is None else self._prepared(allowed)
        available = len(self) if subset is None else len(subset)
        kept = min(checked_count(k), available)
        if not kept or not len(queries):
            return nothing(len(queries), k)
        if len(self) == self._table.rows == available:
            subset = None  # All are allowed.
        scores, ids = self._search_rows(queries, kept, subset)
        starved = (ids == NO_ID).any(axis=1)
        if starved.any():
            scores[starved], ids[starved] = self._search_exactly(queries[starved], kept, subset)
        return ordered(scores, ids, k)

    def save(self, folder: Path) -> None:
        """Write everything that ``open`` needs into an existing, empty folder."""
        write_faiss(self._faiss, folder / _FILE)
        self.save_small_files(folder)

    def save_small_files(self, folder: Path) -> None:
        """Write everything but ``large_file``, which only adding and removing change."""
        self._table.save(folder)
        Description(self.kind, self.dim, len(self), self._parameters()).write(folder)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Map what ``save`` wrote; it is read into memory when it is first changed.

        Raises:
            CollectionDamaged: a file is missing, cut short or doesn't fit the others.
        """
        description = Description.read(folder)
        path = folder.absolute() / _FILE
        searcher = map_faiss(path)
        table = IdTable.open(folder)
        if searcher.d != description.dim or len(table) != description.size:
            raise CollectionDamaged(
                f"{folder}: {len(table)} embeddings of {searcher.d} where"
                f" {description.size} of {description.dim} are described"
            )
        index = cls._reopened(searcher, table, description)
        index._mapped_file = path
        return index

    @classmethod
    @abstractmethod
    def _reopened(cls, searcher: Any, table: IdTable, description: Description) -> Self:
        """Put the index together again; CollectionDamaged where the parts don't fit."""

    @abstractmethod
    def _parameters(self) -> dict[str, int]:
        """What ``_reopened`` needs beside the FAISS file and the table."""

    @abstractmethod
    def _add_rows(self, rows: Rows, embeddings: Embeddings) -> None: ...

    @abstractmethod
    def _remove_rows(self, rows: Rows) -> None: ...

    @abstractmethod
    def _search_rows(
        self, queries: Embeddings, k: int, subset: Subset | None
    ) -> tuple[Scores, Ids]:
        """Find k of the subset (None: of the live rows), ``NO_ID`` where too few are found."""

    @abstractmethod
    def _search_exactly(
        self, queries: Embeddings, k: int, subset: Subset | None
    ) -> tuple[Scores, Ids]:
        """Find the true k nearest in the subset (None: among the live rows)."""

    def _prepared(self, allowed: Ids | Subset) -> Subset:
        return self._table.subset(allowed)

    def _make_changeable(self) -> None:
        # FAISS aborts the whole process when an index that is mapped is changed.
        if self._mapped_file is not None:
            self._faiss = load_faiss(self._mapped_file)
            self._mapped_file = None


def row_selector(subset: Subset) -> faiss.IDSelector:
    """Give FAISS the bitmap of a subset, which it borrows: the subset must outlive the selector.

    A bitmap answers in one look-up whatever the number of rows.
    """
    return faiss.IDSelectorBitmap(len(subset.bitmap), faiss.swig_ptr(subset.bitmap))

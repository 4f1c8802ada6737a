"""Brute force: nothing to train, recall 1, and the oracle for every other kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vsearch.errors import CollectionDamaged
from vsearch.index.arguments import checked_count, checked_embeddings, checked_new_ids
from vsearch.index.array_file import load_array, save_array
from vsearch.index.description import Description
from vsearch.index.id_table import IdTable
from vsearch.index.interface import Embeddings, Ids, Scores
from vsearch.index.scan import scan
from vsearch.index.subset import Rows, Subset

_EMBEDDINGS_FILE = "embeddings.npy"


class ExactIndex:
    """Every embedding in one array, in memory or mapped from a file."""

    kind = "exact"
    large_file = _EMBEDDINGS_FILE

    def __init__(self, dim: int, capacity: int = 0) -> None:
        """Make an empty index.

        Args:
            dim: length of an embedding.
            capacity: how many embeddings to make room for at once.
        """
        self._table = IdTable()
        # The first rows are those of the table; the rest is room to grow.
        self._room: Embeddings = np.empty((capacity, dim), dtype=np.float32)

    @property
    def dim(self) -> int:
        """Length of an embedding."""
        return int(self._room.shape[1])

    def __len__(self) -> int:
        """How many embeddings there are."""
        return len(self._table)

    @property
    def ids(self) -> Ids:
        """(n,) int64, in no particular order."""
        return self._table.alive_ids

    @property
    def needs_rebuild(self) -> bool:
        """False: a scan is as good after any number of changes."""
        return False

    def add(self, ids: Ids, embeddings: Embeddings) -> None:
        """Add (n,) ids with their (n, dim) embeddings; see ``VectorIndex.add``."""
        embeddings = checked_embeddings(embeddings, self.dim, "embeddings")
        ids = checked_new_ids(ids, len(embeddings))
        if len(ids):
            self.purge()
            before = len(self)
            self._table.append(ids)
            self._make_room(before, len(self))
            self._room[before : len(self)] = embeddings

    def remove(self, ids: Ids) -> int:
        """Remove those of the ids that are there; return how many there were."""
        rows = self._table.rows_of(ids)
        self._leave_out(rows)
        return len(rows)

    def known(self, ids: Ids) -> Ids:
        """Those of some ids that are there, each once, in the order of their rows."""
        return self._table.ids_of(self._table.rows_of(ids))

    def hide(self, ids: Ids) -> int:
        """As ``remove``, without touching the embeddings, so that their file still holds."""
        rows = self._table.rows_of(ids)
        if len(rows):
            self._table.kill(rows)
        return len(rows)

    def purge(self) -> None:
        """Let go of what is hidden."""
        self._leave_out(np.empty(0, dtype=np.int64))

    @property
    def hidden(self) -> int:
        """How many embeddings are kept that can't be found."""
        return self._table.rows - len(self)

    @property
    def embeddings(self) -> Embeddings:
        """(n, dim) float32, those of ``ids``; not to be changed."""
        used = self._room[: self._table.rows]
        return used[self._table.alive_rows] if self.hidden else used

    def subset(self, ids: Ids) -> Subset:
        """Prepare what a filter allows; see ``VectorIndex.subset``."""
        return self._table.subset(ids)

    def search(
        self, queries: Embeddings, k: int, allowed: Ids | Subset | None = None
    ) -> tuple[Scores, Ids]:
        """Find the k nearest of each query; see ``VectorIndex.search``."""
        queries = checked_embeddings(queries, self.dim, "queries")
        if allowed is None:
            rows = self._table.alive_subset.rows if self.hidden else None
        else:
            rows = self._table.subset(allowed).rows
        embeddings = self._room[: self._table.rows]
        return scan(queries, embeddings, self._table.ids, checked_count(k), rows)

    def save(self, folder: Path) -> None:
        """Write everything that ``open`` needs into an existing, empty folder."""
        self.purge()
        save_array(folder / _EMBEDDINGS_FILE, self._room[: len(self)])
        self.save_small_files(folder)

    def save_small_files(self, folder: Path) -> None:
        """Write everything but ``large_file``, which only adding and removing change."""
        self._table.save(folder)
        Description(self.kind, self.dim, len(self)).write(folder)

    @classmethod
    def open(cls, folder: Path) -> ExactIndex:
        """Map what ``save`` wrote; it is copied into memory when something is added.

        Raises:
            CollectionDamaged: a file is missing, cut short or doesn't fit the others.
        """
        description = Description.read(folder)
        table = IdTable.open(folder)
        embeddings = load_array(folder / _EMBEDDINGS_FILE, np.dtype(np.float32), 2)
        described = (table.rows, description.dim)
        if embeddings.shape != described or len(table) != description.size:
            raise CollectionDamaged(
                f"{folder}: {len(table)} ids in {table.rows} rows, embeddings of shape"
                f" {embeddings.shape} where {description.size} of {description.dim} are described"
            )
        index = cls(description.dim)
        index._table, index._room = table, embeddings
        return index

    def _leave_out(self, rows: Rows) -> None:
        """Let go of these rows, and of those that are hidden."""
        if not len(rows) and not self.hidden:
            return
        kept = np.zeros(self._table.rows, dtype=bool)
        kept[self._table.alive_rows] = True
        kept[rows] = False
        self._room = self._room[: self._table.rows][kept]
        self._table = IdTable(self._table.ids[kept])

    def _make_room(self, used: int, needed: int) -> None:
        # What is mapped has no room to spare, so that it is copied before it is written to.
        if needed <= len(self._room):
            return
        # Doubling: adding one by one costs a constant number of copies of each embedding.
        room = np.empty((max(needed, 2 * used), self.dim), dtype=np.float32)
        room[:used] = self._room[:used]
        self._room = room

"""Which row of an index holds which id, and which rows are removed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vsearch.errors import CollectionDamaged
from vsearch.index.array_file import load_array, save_array
from vsearch.index.interface import NO_ID, Ids
from vsearch.index.subset import Mask, Rows, Subset

#: Looking up one id among a million costs about as much as passing over this many ids.
_LOOKUP_COST = 8

#: Sorting one row costs about as much as passing over this many.
_SORTING_COST = 50

#: Ids are dense where the highest is at most so many times their number.
_DENSE = 8

_IDS_FILE = "ids.npy"
_ALIVE_FILE = "alive.npy"


class IdTable:
    """Ids by row, in the order they were added; a removed id leaves a dead row behind."""

    def __init__(self, ids: Ids | None = None, alive: Mask | None = None) -> None:
        self._ids: Ids = np.empty(0, dtype=np.int64) if ids is None else ids
        self._alive: Mask = np.ones(len(self._ids), dtype=bool) if alive is None else alive
        self._count = int(np.count_nonzero(self._alive))
        self._by_id: tuple[Ids, Rows] | None = None
        self._state = object()
        self._alive_subset: Subset | None = None

    def __len__(self) -> int:
        """How many ids there are; dead rows don't count."""
        return self._count

    @property
    def rows(self) -> int:
        """How many rows there are, dead ones included."""
        return len(self._ids)

    @property
    def ids(self) -> Ids:
        """(rows,) int64: the id of every row, dead ones included. Not to be changed."""
        return self._ids

    @property
    def alive_ids(self) -> Ids:
        """(len(self),) int64: the ids that are there."""
        return self._ids[self._alive]

    @property
    def alive_rows(self) -> Rows:
        """(len(self),) int64: the rows that are not dead, ascending."""
        return np.flatnonzero(self._alive)

    def append(self, ids: Ids) -> Rows:
        """Give each of the ids the next row; return these rows.

        Raises:
            ValueError: an id is already there.
        """
        if len(there := self.rows_of(ids)):
            raise ValueError(f"ids: {self._ids[there[0]]} is already in the index")
        rows = np.arange(self.rows, self.rows + len(ids), dtype=np.int64)
        self._ids = np.concatenate([self._ids, ids])
        self._alive = np.concatenate([self._alive, np.ones(len(ids), dtype=bool)])
        self._count += len(ids)
        self._by_id = self._extended(ids, rows)
        self._changed()
        return rows

    def kill(self, rows: Rows) -> None:
        """Make rows that are alive dead."""
        self._alive = self._alive.copy()  # A search that runs keeps the mask it has.
        self._alive[rows] = False
        self._count -= len(rows)
        self._by_id = None
        self._changed()

    def rows_of(self, ids: Ids) -> Rows:
        """Return the live rows of those ids that are there: ascending, each once."""
        wanted = np.asarray(ids, dtype=np.int64).ravel()
        known, rows = self._sorted()
        if not len(known) or not len(wanted):
            return rows[:0]
        # What can't be there would stretch NumPy's table, which spans all that is wanted.
        wanted = wanted[(wanted >= 0) & (wanted <= known[-1])]
        if not len(wanted):
            return rows[:0]
        if len(wanted) * _LOOKUP_COST > self.rows and known[-1] < _DENSE * self.rows:
            return np.flatnonzero(np.isin(self._ids, wanted, kind="table") & self._alive)
        if (wanted[1:] < wanted[:-1]).any():
            wanted = np.sort(wanted)  # Looking up in order is ten times as fast.
        places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        found = rows[places[known[places] == wanted]]
        if len(found) * _SORTING_COST < self.rows:
            return np.unique(found)
        marks = np.zeros(self.rows, dtype=bool)
        marks[found] = True
        return np.flatnonzero(marks)

    def subset(self, allowed: Ids | Subset) -> Subset:
        """Return what a search may find of the ids; a subset that still holds is returned.

        Raises:
            ValueError: the subset is of another index, or of this one before it was changed.
        """
        if not isinstance(allowed, Subset):
            return Subset(self.rows_of(allowed), self.rows, self._state)
        if allowed.state is not self._state:
            raise ValueError(
                "allowed: the subset was made by another index, or before this one was changed;"
                " make it again"
            )
        return allowed

    @property
    def alive_subset(self) -> Subset:
        """All that is alive, for an index that can't take a row out."""
        # Two threads that make it at once make the same.
        found = self._alive_subset
        if found is None:
            found = self._alive_subset = Subset(self.alive_rows, self.rows, self._state)
        return found

    def ids_of(self, rows: Rows) -> Ids:
        """Return the ids of rows of any shape; ``NO_ID`` where the row is negative."""
        if not self.rows:
            return np.full_like(rows, NO_ID)
        return np.where(rows >= 0, self._ids[rows], NO_ID)

    def save(self, folder: Path) -> None:
        """Write the table's files into an existing folder."""
        save_array(folder / _IDS_FILE, self._ids)
        save_array(folder / _ALIVE_FILE, self._alive)

    @classmethod
    def open(cls, folder: Path) -> IdTable:
        """Open what ``save`` wrote; the ids stay in the file until they are needed.

        Raises:
            CollectionDamaged: a file is missing, cut short or of another kind.
        """
        ids = load_array(folder / _IDS_FILE, np.dtype(np.int64), 1)
        alive = np.array(load_array(folder / _ALIVE_FILE, np.dtype(np.bool_), 1))
        if len(ids) != len(alive):
            raise CollectionDamaged(f"{folder}: {len(ids)} ids but {len(alive)} marks")
        return cls(ids, alive)

    def _changed(self) -> None:
        self._state = object()
        self._alive_subset = None

    def _sorted(self) -> tuple[Ids, Rows]:
        # Made when it is first needed. Two threads that make it at once make the same.
        found = self._by_id
        if found is None:
            rows = self.alive_rows
            order = np.argsort(self._ids[rows], kind="stable")
            found = self._by_id = (self._ids[rows][order], rows[order])
        return found

    def _extended(self, ids: Ids, rows: Rows) -> tuple[Ids, Rows] | None:
        # SQL hands out ascending ids, so new ones nearly always go to the end.
        ascending = len(ids) and (np.diff(ids) > 0).all()
        if self._by_id is None or not ascending:
            return None
        known, places = self._by_id
        if len(known) and known[-1] > ids[0]:
            return None
        return np.concatenate([known, ids]), np.concatenate([places, rows])

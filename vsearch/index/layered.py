"""An index as it lies on the disk, and beside it what has come and gone since.

Its large file is linked from one generation to the next, not written again: a small change costs
as much in an index of a million as in one of a thousand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from vsearch.durable import link_or_copy
from vsearch.index.exact import ExactIndex
from vsearch.index.interface import Embeddings, Ids, Scores, VectorIndex
from vsearch.index.ranking import ordered
from vsearch.index.subset import Subset

#: The folder of what has come, beside the files of the index.
RECENT = "recent"

#: What has come is written anew with each change, and scanned by each search: at most so many
#: embeddings, or so large a part of the index.
_MOST_RECENT = 16_384
_RECENT_SHARE = 0.125
_FEWEST_RECENT = 64

#: The most that may be kept of what can't be found any more, as a part of the index.
_HIDDEN_SHARE = 0.25


class SavedIndex(VectorIndex, Protocol):
    """What an index has to offer so that its large file can be shared by generations."""

    @property
    def large_file(self) -> str:
        """The name of the file that ``hide`` leaves as it is."""

    @property
    def hidden(self) -> int:
        """How many embeddings are kept that can't be found."""

    def known(self, ids: Ids) -> Ids:
        """Those of some ids that are there, each once."""

    def hide(self, ids: Ids) -> int:
        """As ``remove``, and leaves ``large_file`` as it is."""

    def purge(self) -> None:
        """Let go of what is hidden, where that can be done."""

    def save_small_files(self, folder: Path) -> None:
        """Write everything that opening needs but ``large_file``."""


@dataclass(frozen=True, slots=True, eq=False)
class LayeredSubset(Subset):
    """What a filter allows in both parts; it has no rows of its own."""

    base: Subset = field(kw_only=True)
    recent: Subset = field(kw_only=True)

    def __len__(self) -> int:
        """How many embeddings may be found."""
        return len(self.base) + len(self.recent)


class LayeredIndex:
    """A ``VectorIndex`` over one that was saved, and what was added to it and removed since."""

    def __init__(self, base: SavedIndex, folder: Path, recent: ExactIndex | None = None) -> None:
        """Begin to change a saved index.

        Args:
            base: as it was opened from the folder; only what it finds is changed, not its files.
            folder: where it lies.
            recent: what was added before.
        """
        self._base = base
        self._folder = folder
        self._recent = ExactIndex(base.dim) if recent is None else recent
        self._state = object()

    @property
    def kind(self) -> str:
        """Of the large part."""
        return self._base.kind

    @property
    def dim(self) -> int:
        """Length of an embedding."""
        return self._base.dim

    def __len__(self) -> int:
        """How many embeddings there are."""
        return len(self._base) + len(self._recent)

    @property
    def ids(self) -> Ids:
        """(n,) int64, in no particular order."""
        return np.concatenate([self._base.ids, self._recent.ids])

    @property
    def needs_rebuild(self) -> bool:
        """Whether it has lost more than it has kept, and can't let go of it."""
        return self._base.needs_rebuild and self._base.hidden > len(self._base)

    @property
    def needs_merging(self) -> bool:
        """Whether it has changed so much that it is better written as one."""
        most = max(_FEWEST_RECENT, min(_MOST_RECENT, _RECENT_SHARE * len(self._base)))
        return len(self._recent) > most or self._is_crowded

    @property
    def _is_crowded(self) -> bool:
        hidden = self._base.hidden
        # A graph keeps its dead nodes until it is built anew.
        return self.kind != "hnsw" and hidden > max(
            _FEWEST_RECENT, _HIDDEN_SHARE * (len(self._base) + hidden)
        )

    def add(self, ids: Ids, embeddings: Embeddings) -> None:
        """Add (n,) ids with their (n, dim) embeddings; see ``VectorIndex.add``."""
        there = self._base.known(ids)
        if len(there):
            raise ValueError(f"ids: {there[0]} is already in the index")
        self._recent.add(ids, embeddings)
        self._state = object()

    def remove(self, ids: Ids) -> int:
        """Remove those of the ids that are there; return how many there were."""
        removed = self._base.hide(ids) + self._recent.remove(ids)
        if removed:
            self._state = object()
        return removed

    def known(self, ids: Ids) -> Ids:
        """Those of some ids that are there, each once, in no particular order."""
        return np.concatenate([self._base.known(ids), self._recent.known(ids)])

    def subset(self, ids: Ids) -> LayeredSubset:
        """Prepare what a filter allows; see ``VectorIndex.subset``."""
        return LayeredSubset(
            np.empty(0, dtype=np.int64),
            0,
            self._state,
            base=self._base.subset(ids),
            recent=self._recent.subset(ids),
        )

    def search(
        self, queries: Embeddings, k: int, allowed: Ids | Subset | None = None
    ) -> tuple[Scores, Ids]:
        """Find the k nearest of each query; see ``VectorIndex.search``."""
        among: tuple[Ids | Subset | None, Ids | Subset | None] = (None, None)
        if isinstance(allowed, Subset):
            among = self._parts(allowed)
        elif allowed is not None:
            among = (allowed, allowed)
        found = self._base.search(queries, k, among[0])
        recent = self._recent.search(queries, k, among[1])
        return ordered(
            np.concatenate([found[0], recent[0]], axis=1),
            np.concatenate([found[1], recent[1]], axis=1),
            k,
        )

    def save(self, folder: Path) -> None:
        """Write what has changed into an existing, empty folder, and link what hasn't."""
        name = self._base.large_file
        link_or_copy(self._folder / name, folder / name)
        self._base.save_small_files(folder)
        (folder / RECENT).mkdir()
        self._recent.save(folder / RECENT)

    def merged(self) -> SavedIndex:
        """All of it as one index of its kind; this one must not be used afterwards."""
        self._base.purge()
        self._base.add(self._recent.ids, self._recent.embeddings)
        return self._base

    def _parts(self, allowed: Subset) -> tuple[Subset, Subset]:
        if not isinstance(allowed, LayeredSubset) or allowed.state is not self._state:
            raise ValueError(
                "allowed: the subset was made by another index, or before this one was changed;"
                " make it again"
            )
        return allowed.base, allowed.recent

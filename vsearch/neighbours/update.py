"""From the neighbours in a former catalogue to those in this one: only what changed is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from vsearch.durable import link_or_copy
from vsearch.neighbours.finder import Finder, cut
from vsearch.neighbours.neighbour_lists import NeighbourLists, joined
from vsearch.neighbours.part_file import part_path, part_paths, read_part, write_part
from vsearch.neighbours.pictures import Pictures
from vsearch.neighbours.ragged import Numbers, ragged
from vsearch.neighbours.state import Known
from vsearch.neighbours.workshop import Workshop
from vsearch.storage import storage_errors


class Changes:
    """What is different from a former catalogue."""

    def __init__(self, known: Known, pictures: Pictures) -> None:
        place = np.searchsorted(pictures.ids, known.ids).clip(max=max(0, len(pictures) - 1))
        there = pictures.ids[place] == known.ids if len(pictures) else known.ids < 0
        same = there.copy()
        same[there] = pictures.digests[place[there]] == known.digests[there]
        self.lost = known.ids[~same]
        """The ids of products that are gone, or are not what they were."""
        self.added = np.flatnonzero(~np.isin(pictures.ids, known.ids))
        """The places of products that weren't there."""
        self.new = np.flatnonzero(~np.isin(pictures.ids, known.ids[same]))
        """The places of those, and of the ones that are not what they were."""

    def __len__(self) -> int:
        """How many products."""
        return len(self.lost) + len(self.added)


class Update:
    """Brings parts up to date, one by one."""

    def __init__(
        self, changes: Changes, pictures: Pictures, workshop: Workshop, k: int, same_from: float
    ) -> None:
        self._changes = changes
        self._pictures = pictures
        self._workshop = workshop
        self._k = k
        self._same_from = same_from
        self.searched = 0
        """Of how many products the neighbours were searched for anew."""

    def askers(self, former: Path, most: int) -> Iterator[Numbers]:
        """The places of the products of each part; the last parts have those that were added."""
        parts = [self._places(read_part(path).products) for path in part_paths(former)]
        added = self._changes.added
        if parts and len(parts[-1]) < most:
            room = most - len(parts[-1])
            parts[-1] = np.concatenate([parts[-1], added[:room]])
            added = added[room:]
        yield from parts
        for start in range(0, len(added), most):
            yield added[start : start + most]

    def write(self, number: int, places: Numbers, former: Path, folder: Path) -> None:
        """Write the part with this number: the neighbours of the products at (b,) places.

        Raises:
            StorageError: the disk is full or can't be written.
        """
        source, target = part_path(former, number), part_path(folder, number)
        if not source.exists():
            write_part(target, self._found(places))
            return
        old = read_part(source)
        lists, anew = self._kept(old)
        missing = places[~np.isin(self._pictures.ids[places], lists.products)]
        if lists is old and not len(missing) and not anew.any():
            with storage_errors(target):
                link_or_copy(source, target)
            return
        again = self._places(lists.products[anew])
        found = self._found(np.concatenate([missing, again]))
        every = joined([lists.taken(np.flatnonzero(~anew)), found])
        order = np.argsort(every.products, kind="stable")
        write_part(target, every.taken(order))

    def _kept(self, old: NeighbourLists) -> tuple[NeighbourLists, np.ndarray]:
        """The lists of products that are what they were, and which of these lack neighbours."""
        lists = old
        stay = ~np.isin(old.products, self._changes.lost)
        if not stay.all():
            lists = lists.taken(np.flatnonzero(stay))
        lost = np.isin(lists.neighbours, self._changes.lost)
        entered = self._entering(lists)
        if lost.any() or len(entered.neighbours):
            lists = cut(_merged(lists.kept(~lost), entered), self._k, self._same_from)
        distinct = lists.counted(lists.scores < self._same_from)
        return lists, (distinct < self._k) & ~lists.whole

    def _entering(self, lists: NeighbourLists) -> NeighbourLists:
        """Who of the new products is nearer than the end of each list."""
        if not len(self._changes.new) or not len(lists):
            return lists.kept(np.zeros(len(lists.neighbours), np.bool_))
        return self._newcomers.find(self._places(lists.products), above=lists.ends)

    @cached_property
    def _newcomers(self) -> Finder:
        """Finds none but the new products."""
        shown = self._pictures.shown
        owners = np.repeat(np.arange(len(shown)), shown.sizes)
        new = np.isin(shown.values, self._changes.new)
        few = replace(self._pictures, shown=ragged(owners[new], shown.values[new], len(shown)))
        return self._workshop.of(few).plain()

    @cached_property
    def _everyone(self) -> Finder:
        return self._workshop.plain()

    def _found(self, places: Numbers) -> NeighbourLists:
        self.searched += len(places)
        return self._everyone.find(places)

    def _places(self, ids: Numbers) -> Numbers:
        """The places of those ids that are there."""
        return np.searchsorted(self._pictures.ids, ids[np.isin(ids, self._pictures.ids)])


def _merged(lists: NeighbourLists, entered: NeighbourLists) -> NeighbourLists:
    owners = np.concatenate([lists.owners, entered.owners])
    scores = np.concatenate([lists.scores, entered.scores])
    order = np.lexsort((-scores, owners))
    return NeighbourLists(
        lists.products,
        np.searchsorted(owners[order], np.arange(len(lists) + 1)).astype(np.int64),
        np.concatenate([lists.neighbours, entered.neighbours])[order],
        scores[order],
        lists.whole,
    )

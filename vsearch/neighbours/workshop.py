"""Where neighbours are being found: the embeddings as a file, lists, how far to look."""

from __future__ import annotations

from copy import copy
from pathlib import Path

import numpy as np

from vsearch.index.interface import Embeddings
from vsearch.neighbours.effort import SAMPLE, reach_for
from vsearch.neighbours.finder import Finder
from vsearch.neighbours.join import Join
from vsearch.neighbours.lists import Lists, clustered_lists, plain_lists
from vsearch.neighbours.options import NeighbourOptions
from vsearch.neighbours.pictures import Gallery, Pictures
from vsearch.neighbours.similarity import Similarity, in_full, quickest
from vsearch.progress import Progress
from vsearch.storage import storage_errors

#: Up to so many comparisons everything is compared with everything.
MOST_COMPARED = 15_000_000_000

#: From so many on it is worth finding out how this processor multiplies quickest.
TRIED_FROM = 200_000_000

_EMBEDDINGS = "embeddings.npy"

#: Embeddings read at a time.
_AT_ONCE = 16_384

_SEED = 20240229


def mapped_embeddings(folder: Path, gallery: Gallery, progress: Progress) -> Embeddings:
    """(r, dim) float32 of all pictures, in a file that is mapped: there may be more than memory.

    What an interrupted run has written is taken as it is.

    Raises:
        StorageError: the disk is full or can't be written.
    """
    path, hashes = folder / _EMBEDDINGS, gallery.pictures.hashes
    shape = len(hashes), gallery.dim
    if not hashes:  # An empty file can't be mapped.
        return np.empty(shape, np.float32)
    if not path.exists():
        partial = path.with_suffix(".partial")
        with storage_errors(path), progress.stage("read", len(hashes), "embeddings") as advance:
            # Not through a map: where the disk is full that ends the process without a word.
            with partial.open("wb") as file:
                header = {"descr": "<f4", "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(file, header)
                for start in range(0, len(hashes), _AT_ONCE):
                    some = hashes[start : start + _AT_ONCE]
                    file.write(np.ascontiguousarray(gallery.read(some), "<f4").data)
                    advance(len(some))
            partial.replace(path)
    mapped: Embeddings = np.load(path, mmap_mode="r")
    return mapped


def forget_embeddings(folder: Path) -> None:
    """Remove what only finding needs."""
    (folder / _EMBEDDINGS).unlink(missing_ok=True)


class Workshop:
    """Makes finders over the pictures of one catalogue."""

    def __init__(
        self,
        gallery: Gallery,
        embeddings: Embeddings,
        options: NeighbourOptions,
    ) -> None:
        """Prepare; for a large gallery, measure how this processor multiplies quickest.

        Args:
            gallery: what is looked at.
            embeddings: (r, dim) float32 of its pictures; may be mapped from a file.
            options: which neighbours are wanted.
        """
        self._pictures = gallery.pictures
        self._embeddings = embeddings
        self._options = options
        self._same_from = gallery.same_from
        self._random = np.random.default_rng(_SEED)
        self._similarity = self._quickest()

    def of(self, pictures: Pictures) -> Workshop:
        """The same for some of the products that can be found."""
        other = copy(self)
        other._pictures = pictures
        return other

    @property
    def is_small(self) -> bool:
        """Whether everything can be compared with everything."""
        return self._options.recall == 1 or self._comparisons <= MOST_COMPARED

    @property
    def _comparisons(self) -> int:
        return len(self._pictures.hashes) * len(self._pictures.findable)

    def plain(self) -> Finder:
        """Looks at all pictures."""
        rows = self._pictures.findable
        labels = self._pictures.row_labels[rows]
        return self._finder(plain_lists(self._embeddings, rows, labels, self._similarity), None)

    def clustered(self, progress: Progress) -> Finder:
        """Looks where it is worth it, as far as the recall that is asked for takes."""
        rows = self._pictures.findable
        with progress.stage("lists", None, "embeddings") as advance:
            lists = clustered_lists(
                self._embeddings, rows, self._pictures.row_labels[rows], self._similarity
            )
            advance(len(rows))
            join = self._join(lists, 0.0)
            drawn = self._random.choice(
                len(self._pictures.hashes),
                min(SAMPLE, len(self._pictures.hashes)),
                replace=False,
            )
            reach = reach_for(
                join,
                lists,
                np.sort(drawn).astype(np.int64),
                nearest=self._options.k,
                wanted=self._finder(lists, 0.0).wanted,
                recall=self._options.recall,
            )
        return self._finder(lists, reach)

    def recall(self, finder: Finder) -> float:
        """The share of the true neighbours of a sample of products that a finder finds."""
        count = len(self._pictures)
        drawn = np.sort(self._random.choice(count, min(SAMPLE, count), replace=False))
        k, same_from = self._options.k, self._same_from
        true = finder.find(drawn, everywhere=True).shown(k, same_from)
        found = finder.find(drawn).shown(k, same_from)
        if not len(true.neighbours):
            return 1.0
        ids = int(self._pictures.ids.max()) + 1
        wanted = true.owners * ids + true.neighbours
        return float(np.isin(wanted, found.owners * ids + found.neighbours).mean())

    def _finder(self, lists: Lists, reach: float | None) -> Finder:
        return Finder(
            self._pictures,
            self._join(lists, reach),
            self._options.k,
            self._same_from,
            self._options.variants,
        )

    def _join(self, lists: Lists, reach: float | None) -> Join:
        return Join(
            self._embeddings,
            self._pictures.row_labels,
            lists,
            self._similarity,
            self._options.category,
            reach,
        )

    def _quickest(self) -> Similarity:
        if self._comparisons < TRIED_FROM:
            return in_full()
        count = len(self._embeddings)
        drawn = np.sort(self._random.choice(count, min(8 * SAMPLE, count), replace=False))
        return quickest(np.ascontiguousarray(self._embeddings[drawn]))

"""Which products the same sessions, or the same shoppers, have met: counted pair by pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

#: A pair that was met once or twice says less than one that was met often: the similarity is
#: damped as if each pair of products had been met apart so many times more.
_SHRINKAGE = 5.0

#: What is counted beside the base is small up to this share of it.
_SMALL = 0.1

#: A place of a group in the high bits, of an item in the low ones: one number for the two.
_ITEM_BITS = 32


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """How often two products were met by one group: a session, or a shopper.

    Each group counts a product once, and only the last ``most`` products that it has met.
    Counting goes on from where it was: what comes of it is the same as counting at once.
    """

    most: int
    keys: npt.NDArray[np.int64]
    """(m,) ascending: each group with each product that it has met."""
    places: npt.NDArray[np.int64]
    """(m,) the place of the event in which it met the product last; ascending in time."""
    base: sparse.csr_array
    """(n, n) float32: how many groups have met both; the diagonal how many met the one."""
    since: sparse.csr_array
    """(n, n) float32: what has to be added to that since. Small, so that a few events more cost
    little beside millions."""

    @classmethod
    def empty(cls, most: int) -> Self:
        """Nothing counted yet; of a group only the last ``most`` products count."""
        nothing, none = np.empty(0, np.int64), sparse.csr_array((0, 0), dtype=np.float32)
        return cls(most, nothing, nothing, none, none)

    def counted(
        self,
        groups: npt.NDArray[np.int64],
        items: npt.NDArray[np.int64],
        places: npt.NDArray[np.int64],
        size: int,
    ) -> Self:
        """Count further events in.

        Args:
            groups: (e,) the number of the group of each event.
            items: (e,) the number of the product.
            places: (e,) ascending in the order in which the events count as new.
            size: how many products there are by now, n.
        """
        new = (groups << _ITEM_BITS) | items
        touched = np.unique(groups)
        is_touched = _contained(self.keys >> _ITEM_BITS, touched)
        before_keys, before_places = self.keys[is_touched], self.places[is_touched]
        after_keys, after_places = _last_of_each(
            np.concatenate([before_keys, new]), np.concatenate([before_places, places])
        )
        base, since = _resized(self.base, size), _resized(self.since, size)
        since = since + self._pairs(after_keys, after_places, touched, size)
        if len(before_keys):
            since = since - self._pairs(before_keys, before_places, touched, size)
        if since.nnz > _SMALL * base.nnz:
            base, since = base + since, sparse.csr_array((size, size), dtype=np.float32)
            base.eliminate_zeros()
        keys = np.concatenate([self.keys[~is_touched], after_keys])
        kept = np.concatenate([self.places[~is_touched], after_places])
        # Groups come in numbers that rise: most are in their places already.
        order = np.argsort(keys, kind="stable")
        return type(self)(self.most, keys[order], kept[order], base, since)

    def sized(self, size: int) -> Self:
        """The same with room for n products."""
        if self.base.shape[0] == size:
            return self
        base, since = _resized(self.base, size), _resized(self.since, size)
        return type(self)(self.most, self.keys, self.places, base, since)

    def rows(self, items: npt.NDArray[np.int64]) -> sparse.csr_array:
        """(q, n) float32: how many groups have met each of (q,) products and another."""
        return self.base[items] + self.since[items]

    @property
    def counts(self) -> sparse.csr_array:
        """(n, n) float32: how many groups have met both; the diagonal how many met the one."""
        counts = self.base + self.since
        counts.eliminate_zeros()
        return counts

    @property
    def met(self) -> npt.NDArray[np.float32]:
        """(n,) by how many groups each product was met."""
        return np.asarray(self.base.diagonal() + self.since.diagonal(), np.float32)

    def similarities(
        self, items: npt.NDArray[np.int64], met: npt.NDArray[np.float32]
    ) -> sparse.csr_array:
        """How much each of (q,) products goes along with every other: (q, n), 0 to 1.

        The cosine of who has met them, damped where few have. A product isn't like itself.
        """
        rows = self.rows(items).tocoo()
        asking = items[rows.row]
        apart = rows.col != asking
        row, column = rows.row[apart], rows.col[apart]
        values = self.similarity(rows.data[apart], met[asking[apart]], met[column])
        return sparse.csr_array((values, (row, column)), shape=rows.shape)

    @staticmethod
    def similarity(
        both: npt.NDArray[np.floating], one: npt.ArrayLike, other: npt.ArrayLike
    ) -> npt.NDArray[np.float64]:
        """How much two products go along, of which so many groups have met both, and each."""
        norm = np.sqrt(np.asarray(one, np.float64) * np.asarray(other, np.float64)) + _SHRINKAGE
        return np.asarray(both / norm, np.float64)

    def _pairs(
        self,
        keys: npt.NDArray[np.int64],
        places: npt.NDArray[np.int64],
        touched: npt.NDArray[np.int64],
        size: int,
    ) -> sparse.csr_array:
        """(n, n) how many of some groups met both."""
        # By group, the newest first: a group's place among its own is how many are newer.
        order = np.lexsort((-places, keys >> _ITEM_BITS))
        groups = np.searchsorted(touched, (keys >> _ITEM_BITS)[order])
        first = np.searchsorted(groups, groups)
        order = order[np.arange(len(order)) - first < self.most]
        rows = np.searchsorted(touched, keys[order] >> _ITEM_BITS)
        items = keys[order] & ((1 << _ITEM_BITS) - 1)
        met = sparse.csr_array(
            (np.ones(len(order), np.float32), (rows, items)), shape=(len(touched), size)
        )
        return (met.T @ met).tocsr()


def _contained(
    values: npt.NDArray[np.int64], known: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Which of the values are among the known, which ascend."""
    if not len(known):
        return np.zeros(len(values), np.bool_)
    places = np.searchsorted(known, values).clip(max=len(known) - 1)
    return np.asarray(known[places] == values)


def _last_of_each(
    keys: npt.NDArray[np.int64], places: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Each key once, ascending, with the highest of its places."""
    order = np.lexsort((places, keys))
    keys, places = keys[order], places[order]
    last = np.append(keys[1:] != keys[:-1], True)
    return keys[last], places[last]


def _resized(counts: sparse.csr_array, size: int) -> sparse.csr_array:
    """The same, with room for more products; nothing is copied but the beginnings of rows."""
    known = counts.shape[0]
    if known == size:
        return counts
    indptr = np.pad(counts.indptr, (0, size - known), mode="edge")
    return sparse.csr_array((counts.data, counts.indices, indptr), shape=(size, size))

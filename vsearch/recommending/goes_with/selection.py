"""From the scores of all products to the few that are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, select

from vsearch.catalog import schema
from vsearch.recommending.goes_with.assortment import NONE, Assortment, Codes
from vsearch.searching.boost import Boost
from vsearch.searching.boosting import boosted
from vsearch.searching.reading import Reading
from vsearch.searching.result import Hit

#: Boosts change the order among so many of the best.
_BOOSTED = 200

#: Of so many of the best, each time too few are shown, the filter is asked one by one; then for
#: all that it allows.
_LOOKS = (200, 1_000)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of the best products are shown."""

    reading: Reading
    assortment: Assortment
    k: int
    where: str
    each_category: int
    """At most so many of one category; 0 for any number."""
    is_strict: bool
    """Whether there are rather fewer than k than more of one category."""
    boosts: Sequence[Boost] = ()

    def best(self, scores: npt.NDArray[np.float32]) -> list[Hit]:
        """The best products.

        Args:
            scores: (n,) logarithms; -inf for what isn't to be shown.

        Returns:
            At most k hits, the best first. Their scores are odds beside those of the best by
            score, which has 1.

        Raises:
            FilterError: the filter or a boost's can't be read.
        """
        wanted = max(self.k, _BOOSTED) if self.boosts else self.k
        rows = self._pool(scores, wanted)
        if not len(rows):
            return []
        best = scores[rows].max()
        ids = self.assortment.ids
        hits = self.reading.hits({int(ids[row]): float(np.exp(scores[row] - best)) for row in rows})
        if self.boosts and hits:
            hits = boosted(self.reading.connection, hits, self.boosts)
            order = self._spread(np.searchsorted(ids, [hit.product_id for hit in hits]))
            hits = [hits[place] for place in order]
        return [replace(hit, rank=rank) for rank, hit in enumerate(hits[: self.k], start=1)]

    def _pool(self, scores: npt.NDArray[np.float32], wanted: int) -> Codes:
        """Rows of products that pass the filter, the best first."""
        condition = self.reading.condition(self.where)
        possible = int(np.isfinite(scores).sum())
        chosen = np.empty(0, np.int64)
        for size in _LOOKS:
            rows = _highest(scores, min(max(size, wanted), possible))
            chosen = self._chosen(self._passing(rows, condition))
            if len(chosen) >= wanted or len(rows) == possible:
                return chosen[:wanted]
        if condition is not None:
            scores = np.where(self._allowed(condition), scores, -np.inf)
        return self._chosen(_highest(scores, int(np.isfinite(scores).sum())))[:wanted]

    def _chosen(self, rows: Codes) -> Codes:
        return rows[self._spread(rows)]

    def _spread(self, rows: Codes) -> Codes:
        """Places in rows: first those that aren't one too many of their category."""
        if not self.each_category:
            return np.arange(len(rows))
        categories = self.assortment.categories[rows]
        order = np.argsort(categories, kind="stable")
        first = np.searchsorted(categories[order], categories[order])
        place = np.empty(len(rows), np.int64)
        place[order] = np.arange(len(rows)) - first
        fits = (place < self.each_category) | (categories == NONE)
        within = np.flatnonzero(fits)
        return within if self.is_strict else np.concatenate([within, np.flatnonzero(~fits)])

    def _passing(self, rows: Codes, condition: ColumnElement[bool] | None) -> Codes:
        if condition is None:
            return rows
        ids = self.assortment.ids[rows]
        passing = self.reading.passing(ids.tolist(), condition)
        return rows[np.isin(ids, passing)]

    def _allowed(self, condition: ColumnElement[bool]) -> npt.NDArray[np.bool_]:
        found = self.reading.connection.scalars(select(schema.products.c.id).where(condition))
        return np.isin(self.assortment.ids, np.fromiter(found, np.int64))


def _highest(scores: npt.NDArray[np.float32], count: int) -> Codes:
    """(count,) rows, the highest score first; of equal ones the older product."""
    if not count:
        return np.empty(0, np.int64)
    least = np.partition(scores, -count)[-count]
    rows = np.flatnonzero(scores >= least)
    order = np.argsort(-scores[rows], kind="stable")
    return rows[order][:count]

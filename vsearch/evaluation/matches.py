"""Where in each query's ranking the right pictures stand: what every metric is computed from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
"""(n,) int64: rows of the gallery, ascending, without repeats."""

# Of scores in memory at once, whatever the size of the gallery.
_CHUNK_SCORES = 2**24
_CHUNK_QUERIES = 2**10
_CHUNK_COLUMNS = 2**13


@dataclass(frozen=True, slots=True)
class Matches:
    """The right pictures in the rankings of q queries, by groups of equal score.

    Equal scores have no order of their own. A group keeps how many pictures share its score,
    so that a metric can give what it is on average over all orders: no encoder gains or loses
    by the order in which a gallery happens to be stored.

    Groups without a right picture are left out: what is kept grows with the right pictures, not
    with the gallery. The arrays of groups, (g,) int64, run over the queries one after another,
    within a query from the best score down.
    """

    query: npt.NDArray[np.int64]
    """The query that the group belongs to, 0 to q - 1, ascending."""

    above: npt.NDArray[np.int64]
    """How many pictures have a better score than the group's."""

    tied: npt.NDArray[np.int64]
    """How many pictures have exactly the group's score, ≥ 1."""

    right: npt.NDArray[np.int64]
    """How many of those are right, 1 to ``tied``."""

    relevant: npt.NDArray[np.int64]
    """(q,) how many right pictures there are to be found for each query, in the ranking or not."""

    @property
    def queries(self) -> int:
        """How many queries there are."""
        return len(self.relevant)


def match_embeddings(
    queries: npt.NDArray[np.float32],
    gallery: npt.NDArray[np.float32],
    relevant: Sequence[Rows],
    *,
    excluded: Sequence[Rows] | None = None,
) -> Matches:
    """Rank a gallery for each query by cosine similarity and find the right pictures in it.

    A few queries are scored at a time: for 100,000 gallery pictures about 0.3 GiB.

    Args:
        queries: (q, dim) float32, L2-normalised.
        gallery: (n, dim) float32, L2-normalised.
        relevant: for each query the gallery rows that are right.
        excluded: for each query the gallery rows to leave out of its ranking, itself above all;
            they don't count as right either.

    Raises:
        ValueError: the shapes don't fit, or an embedding isn't finite.
    """
    if queries.ndim != 2 or gallery.ndim != 2 or queries.shape[1] != gallery.shape[1]:
        raise ValueError(f"(q, dim) and (n, dim) are needed, not {queries.shape}, {gallery.shape}")
    if len(relevant) != len(queries) or (excluded is not None and len(excluded) != len(queries)):
        raise ValueError(f"one entry for each of {len(queries)} queries is needed")
    groups: list[tuple[int, Rows, Rows, Rows]] = []
    totals = np.zeros(len(queries), np.int64)
    for number, scores in enumerate(_scores(queries, gallery)):
        right = relevant[number]
        if excluded is not None and len(excluded[number]):
            scores[excluded[number]] = -np.inf
            right = np.setdiff1d(right, excluded[number])
        totals[number] = len(right)
        values, counts = np.unique(scores[right], return_counts=True)
        scores.sort()
        above = len(scores) - np.searchsorted(scores, values, side="right")
        from_here = len(scores) - np.searchsorted(scores, values, side="left")
        # From the best score down.
        groups.append((number, above[::-1], (from_here - above)[::-1], counts[::-1]))
    return _joined(groups, totals)


def match_rankings(
    rankings: Sequence[npt.NDArray[np.bool_]], relevant: Sequence[int] | npt.NDArray[np.int64]
) -> Matches:
    """Take rankings as someone else made them: a search's hits, the best first.

    Args:
        rankings: for each query whether its first, second, ... hit is right. They may end early.
        relevant: for each query how many right ones the gallery has, those that weren't found
            included.

    >>> matches = match_rankings([np.array([False, True, True])], [3])
    >>> matches.above.tolist(), matches.relevant.tolist()
    ([1, 2], [3])

    Raises:
        ValueError: a ranking has more right hits than there are.
    """
    totals = np.asarray(relevant, np.int64)
    groups = []
    for number, (ranking, total) in enumerate(zip(rankings, totals, strict=True)):
        above = np.flatnonzero(ranking)
        if len(above) > total:
            raise ValueError(f"query {number}: {len(above)} right hits of {total} there are")
        groups.append((number, above, np.ones_like(above), np.ones_like(above)))
    return _joined(groups, totals)


def rows_by_label(
    wanted: Sequence[AbstractSet[str]], gallery: Sequence[AbstractSet[str]]
) -> list[Rows]:
    """For each set of labels the gallery rows that have any of them.

    >>> [rows.tolist() for rows in rows_by_label([{"a"}, {"b", "c"}], [{"a"}, {"a", "b"}, {"c"}])]
    [[0, 1], [1, 2]]
    """
    rows: dict[str, list[int]] = {}
    for row, labels in enumerate(gallery):
        for label in labels:
            rows.setdefault(label, []).append(row)
    return [
        np.array(sorted({row for label in labels for row in rows.get(label, ())}), np.int64)
        for labels in wanted
    ]


def _scores(
    queries: npt.NDArray[np.float32], gallery: npt.NDArray[np.float32]
) -> Iterator[npt.NDArray[np.float32]]:
    """Each query's (n,) cosine similarities, the caller's to change.

    Multiplied in float64 and rounded to float32: two pictures with one embedding get one score.
    A float32 product rounds differently from one place of the matrix to another, and would put
    copies in an order of their own.
    """
    size = min(_CHUNK_QUERIES, max(1, _CHUNK_SCORES // max(1, len(gallery))))
    for start in range(0, len(queries), size):
        some = queries[start : start + size].astype(np.float64)
        scores = np.empty((len(some), len(gallery)), np.float32)
        for left in range(0, len(gallery), _CHUNK_COLUMNS):
            columns = slice(left, left + _CHUNK_COLUMNS)
            scores[:, columns] = some @ gallery[columns].astype(np.float64).T
        if not np.isfinite(scores).all():
            raise ValueError("an embedding has values that are not finite")
        yield from scores


def _joined(groups: Sequence[tuple[int, Rows, Rows, Rows]], relevant: Rows) -> Matches:
    numbers = [np.full(len(above), number, np.int64) for number, above, _, _ in groups]
    above, tied, right = (
        np.concatenate([np.empty(0, np.int64), *(group[part] for group in groups)])
        for part in (1, 2, 3)
    )
    query = np.concatenate([np.empty(0, np.int64), *numbers])
    return Matches(query=query, above=above, tied=tied, right=right, relevant=relevant)

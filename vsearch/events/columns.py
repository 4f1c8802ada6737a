"""Many events at once, a column at a time: what counting and learning ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

#: Stands where an event has no position or quantity.
NO_NUMBER = 0


@dataclass(frozen=True, slots=True, eq=False)
class EventColumns:
    """n events, in the order in which they were asked for."""

    ids: npt.NDArray[np.int64]
    """(n,) ascending in the order in which they were stored."""
    kinds: tuple[str, ...]
    skus: tuple[str, ...]
    at: npt.NDArray[np.datetime64]
    """(n,) datetime64[us], UTC."""
    user_ids: tuple[str, ...]
    session_ids: tuple[str, ...]
    query_ids: tuple[str, ...]
    positions: npt.NDArray[np.int32]
    """(n,) from 1; ``NO_NUMBER`` where there is none."""
    quantities: npt.NDArray[np.int32]
    """(n,) likewise."""

    def __len__(self) -> int:
        """How many events."""
        return len(self.ids)

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any]]) -> Self:
        """Turn rows of the table into columns: id, kind, sku, at, user, session, query, numbers.

        ``at`` is a moment in UTC, or ISO 8601 of one, without a zone, as SQLite keeps it.
        """
        ids, kinds, skus, at, users, sessions, queries, positions, quantities = (
            zip(*rows, strict=True) if rows else ((),) * 9
        )
        if at and not isinstance(at[0], str):
            at = tuple(moment.replace(tzinfo=None) for moment in at)
        return cls(
            np.array(ids, np.int64),
            kinds,
            skus,
            np.array(at, "datetime64[us]"),
            users,
            sessions,
            queries,
            np.array([number or NO_NUMBER for number in positions], np.int32),
            np.array([number or NO_NUMBER for number in quantities], np.int32),
        )

"""The newest events as they were counted: what weights are fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

#: Enough for some thousand shoppers; 33 bytes each.
KEPT = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class RecentEvents:
    """e events of known shoppers, in the order of storing."""

    shoppers: npt.NDArray[np.int64]
    """(e,) their numbers."""
    sessions: npt.NDArray[np.int64]
    """(e,)"""
    items: npt.NDArray[np.int64]
    """(e,) the numbers of the products."""
    weights: npt.NDArray[np.float64]
    """(e,) by kind."""
    at: npt.NDArray[np.int64]
    """(e,) microseconds since 1970, UTC."""

    @classmethod
    def none(cls) -> Self:
        """No events."""
        nothing = np.empty(0, np.int64)
        return cls(nothing, nothing, nothing, np.empty(0), nothing)

    def __len__(self) -> int:
        """How many."""
        return len(self.items)

    def followed_by(self, newer: RecentEvents) -> Self:
        """These and newer ones, the newest ``KEPT`` of them."""
        return type(self)(
            *(
                np.concatenate([getattr(self, name), getattr(newer, name)])[-KEPT:]
                for name in ("shoppers", "sessions", "items", "weights", "at")
            )
        )

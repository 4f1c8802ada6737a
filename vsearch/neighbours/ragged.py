"""Lists of different lengths, one after another in one array."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Ragged:
    """n lists of numbers."""

    starts: Numbers
    """(n + 1,) where each list begins in ``values``; the last is their number."""
    values: Numbers

    def __len__(self) -> int:
        """How many lists."""
        return len(self.starts) - 1

    @property
    def sizes(self) -> Numbers:
        """(n,) how long each list is."""
        return np.diff(self.starts)

    def of(self, lists: Numbers) -> tuple[Numbers, Numbers]:
        """The values of some lists.

        Args:
            lists: (m,) which ones.

        Returns:
            (t,) the place among the m that each value belongs to, ascending, and (t,) the values.
        """
        sizes = self.sizes[lists]
        return np.repeat(np.arange(len(lists)), sizes), self.values[
            spans(self.starts[lists], sizes)
        ]


def ragged(owners: Numbers, values: Numbers, count: int) -> Ragged:
    """Lists from (t,) ascending owners, 0 to ``count`` - 1, and (t,) values."""
    return Ragged(np.searchsorted(owners, np.arange(count + 1)).astype(np.int64), values)


def spans(starts: Numbers, sizes: Numbers) -> Numbers:
    """The places start, start + 1, … of (n,) spans of (n,) sizes, one span after another."""
    before = np.cumsum(sizes) - sizes
    return np.repeat(starts - before, sizes) + np.arange(int(sizes.sum()))

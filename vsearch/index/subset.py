"""What a filter allows, prepared once for any number of searches."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
"""(n,) int64: places in an index, counted from 0 in the order of adding."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Subset:
    """The embeddings of one index that may be found; made by ``VectorIndex.subset``.

    It holds for the index that made it until something is added to or removed from that.
    Nothing in it changes, so that any number of threads may search with it. It takes eight
    bytes for each embedding that it allows and one for each that the index has.
    """

    rows: Rows
    """Those that may be found, ascending, each once."""

    total: int
    """How many rows the index has, those that may not be found included."""

    state: object
    """What the index was when it was made, by identity."""

    clusters: npt.NDArray[np.int64] | None = None
    """Where an index keeps its embeddings in clusters: those that hold any of these."""

    mask: Mask = field(init=False, repr=False)
    """(total,) whether each row may be found."""

    bitmap: npt.NDArray[np.uint8] = field(init=False, repr=False)
    """The mask with eight rows a byte, the lowest bit first."""

    def __post_init__(self) -> None:
        """Mark the rows."""
        mask = np.zeros(self.total, dtype=bool)
        mask[self.rows] = True
        object.__setattr__(self, "mask", mask)
        object.__setattr__(self, "bitmap", np.packbits(mask, bitorder="little"))

    def __len__(self) -> int:
        """How many embeddings may be found."""
        return len(self.rows)

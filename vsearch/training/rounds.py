"""In which order pictures are learned from: every one once a round, shuffled anew each round."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt


def row_at(place: int, count: int, seed: int) -> int:
    """Which of ``count`` pictures comes at a place, counted from 0 over all rounds."""
    number, position = divmod(place, count)
    return int(_order(number, count, seed)[position])


# Two: the threads that read ahead are in the next round already.
@lru_cache(maxsize=2)
def _order(number: int, count: int, seed: int) -> npt.NDArray[np.intp]:
    return np.random.default_rng((seed, number)).permutation(count)

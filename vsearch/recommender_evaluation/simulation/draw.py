"""One of many, by their weights."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def draw(random: np.random.Generator, weights: npt.NDArray[np.float64]) -> int:
    """The place of one of n, each with a chance in proportion to its weight.

    Args:
        random: drawn from, once.
        weights: (n,) ≥ 0, not all 0.

    Raises:
        ValueError: they are all 0.
    """
    sums = np.cumsum(weights)
    if not len(sums) or not sums[-1] > 0:
        raise ValueError("nothing to draw from: every weight is 0")
    # Right of all that are as small: one of weight 0 is never drawn.
    place = np.searchsorted(sums, random.random() * sums[-1], side="right")
    return int(min(place, np.flatnonzero(weights)[-1]))

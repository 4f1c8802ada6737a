"""How sure a mean over queries is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its confidence interval."""

    mean: float
    low: float
    high: float


def bootstrap(
    values: npt.NDArray[np.float64],
    *,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> Interval:
    """The mean over queries with its percentile bootstrap interval.

    Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3: queries are drawn
    with replacement, as many as there are, and the interval holds the middle of the means.

    Args:
        values: (q,) one figure a query; NaN (nothing to find) is left out.
        level: how much of the means the interval holds, between 0 and 1.
        resamples: how many times to draw.
        seed: of the drawing; one seed gives one interval.

    >>> bootstrap(np.array([0.5, np.nan, 0.5]))
    Interval(mean=0.5, low=0.5, high=0.5)

    Raises:
        ValueError: no query has a value, or the level or the number of resamples is out of range.
    """
    if not 0 < level < 1 or resamples < 1:
        raise ValueError(f"level {level} of 0..1 and resamples {resamples} of 1.. are needed")
    known = values[~np.isnan(values)]
    if not len(known):
        raise ValueError("no query has anything to find")
    random = np.random.default_rng(seed)
    means = [known[random.integers(len(known), size=len(known))].mean() for _ in range(resamples)]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(known.mean()), float(low), float(high))

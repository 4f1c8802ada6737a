"""Whether one system is better than another on the same queries, or was lucky."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from vsearch.evaluation.interval import Interval, bootstrap

# With so few differing queries, all orders of signs are tried instead of some.
_EXACT = 12

# Signs in memory at once.
_CHUNK = 2**22

# Sums of the same numbers in another order differ in their last bits.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """The second system's figure minus the first's."""

    difference: Interval
    """The mean over queries with its 95% paired bootstrap interval."""

    p_value: float
    """How often a mean as far from 0 comes up where the two are exchangeable, above 0 to 1."""

    better: int
    """Queries on which the second system has the higher figure."""

    worse: int
    """Queries on which it has the lower."""


def compare_paired(
    first: npt.NDArray[np.float64],
    second: npt.NDArray[np.float64],
    *,
    rounds: int = 9_999,
    seed: int = 0,
) -> PairedDifference:
    """Test the mean difference over queries, two-sided, by randomisation.

    Smucker, Allan and Carterette, "A Comparison of Statistical Significance Tests for Information
    Retrieval Evaluation", CIKM 2007: if the systems were the same, each query's two figures could
    as well have been exchanged; the p-value is how often a random exchange gives a mean as large.
    The observed one counts among the rounds (Phipson and Smyth, "Permutation P-values Should
    Never Be Zero", 2010). Where at most 12 queries differ, every exchange is tried. The interval
    is the percentile bootstrap over the queries' differences.

    Args:
        first: (q,) the first system's figures; NaN (nothing to find) leaves the query out.
        second: (q,) the second's, for the same queries.
        rounds: how many random exchanges.
        seed: of the drawing; one seed gives one answer.

    >>> one, other = np.array([0.0, 0.0, 0.0, 0.5]), np.array([1.0, 1.0, 1.0, 0.5])
    >>> compare_paired(one, other).p_value, compare_paired(one, one).p_value
    (0.25, 1.0)

    Raises:
        ValueError: the shapes differ, no query has both figures, or there is no round.
    """
    if first.shape != second.shape or rounds < 1:
        raise ValueError(f"figures of the same queries and rounds are needed, {rounds} of 1..")
    differences = second - first
    return PairedDifference(
        difference=bootstrap(differences, seed=seed),
        p_value=_p_value(differences[~np.isnan(differences)], rounds, seed),
        better=int((differences > 0).sum()),
        worse=int((differences < 0).sum()),
    )


def _p_value(differences: npt.NDArray[np.float64], rounds: int, seed: int) -> float:
    # Where the two agree, exchanging them changes nothing.
    sizes = np.abs(differences[differences != 0])
    bound = abs(differences.sum()) - _ROUNDING * max(1, len(sizes))
    if len(sizes) <= _EXACT:
        signs = np.array(list(product((-1.0, 1.0), repeat=len(sizes))))
        return float((np.abs(signs @ sizes) >= bound).mean())
    random = np.random.default_rng(seed)
    extreme, left, at_once = 0, rounds, max(1, _CHUNK // len(sizes))
    while left:
        some = min(left, at_once)
        signs = np.where(random.random((some, len(sizes))) < 0.5, -1.0, 1.0)
        extreme += int((np.abs(signs @ sizes) >= bound).sum())
        left -= some
    return (extreme + 1) / (rounds + 1)

"""How well an order of products finds what is missing from baskets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from vsearch.evaluation.interval import Interval, bootstrap
from vsearch.recommending.goes_with.assortment import Assortment, Codes
from vsearch.recommending.goes_with.blend import Beside, blend
from vsearch.recommending.goes_with.model import Array, Placed, log_popularity
from vsearch.recommending.goes_with.style import Styled

#: The first so many answers count as found.
FIRST = 10

#: Pairs met a few times only count less, as if each product had been met so often more.
_SHRINKAGE = 5.0

Scorer = Callable[[Codes], Array]
"""Takes (q,) asking rows, gives (n,) scores; -inf for what is no answer."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A basket without one of its products."""

    basket: int
    asking: Codes
    missing: int


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """How the missing products fare, one figure a case."""

    baskets: Codes
    """(c,) whose figure it is: those of one basket aren't independent."""
    found: npt.NDArray[np.float64]
    """(c,) whether the missing product is among the first ten answers, 0 or 1."""
    reciprocal_rank: npt.NDArray[np.float64]
    """(c,)"""
    surprise: npt.NDArray[np.float64]
    """(c,) negative logarithm of the missing product's share of the odds; NaN without one."""

    def interval(self, values: npt.NDArray[np.float64]) -> Interval:
        """The mean over baskets with its 95% interval."""
        _, places = np.unique(self.baskets, return_inverse=True)
        return bootstrap(np.bincount(places, values) / np.bincount(places))


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of some baskets: what a scorer may go by."""

    assortment: Assortment
    together: sparse.csr_array
    """(n, n) in how many baskets both are; the diagonal is empty."""
    met: npt.NDArray[np.float64]
    """(n,) in how many each is."""

    @classmethod
    def of(cls, assortment: Assortment, baskets: Sequence[Codes]) -> Known:
        """Count baskets."""
        items = np.concatenate([*baskets])
        places = np.repeat(np.arange(len(baskets)), [len(basket) for basket in baskets])
        size = (len(baskets), len(assortment))
        held = sparse.csr_array((np.ones(len(items), np.float32), (places, items)), shape=size)
        together = (held.T @ held).tocoo()
        apart = together.row != together.col
        pairs = (together.data[apart], (together.row[apart], together.col[apart]))
        met = np.bincount(items, minlength=len(assortment)).astype(np.float64)
        return cls(assortment, sparse.csr_array(pairs, shape=together.shape), met)

    def by_model(self, placed: Placed, trust: float) -> Scorer:
        """The model's opinion and the baskets together."""
        popularity = log_popularity(self.met, self.assortment)

        def score(asked: Codes) -> Array:
            beside = Beside.among(self.together, asked)
            opinions = placed.opinions(asked, popularity)
            is_answer = np.ones(len(opinions), np.bool_)
            return blend(opinions, beside, len(asked), trust, is_answer).scores

        return score

    def by_style(self, styled: Styled) -> Scorer:
        """The rule that needs no events."""
        none = np.zeros(0, np.float32)

        def score(asked: Codes) -> Array:
            scores: Array = styled.opinions(asked, none)
            scores[~styled.may_complete(asked)] = -np.inf
            return scores

        return score

    def by_popularity(self, _asked: Codes) -> Array:
        """What is in most baskets."""
        return self.met.astype(np.float32)

    def by_baskets(self, asked: Codes) -> Array:
        """What was in the same baskets: cosines of who has met whom, damped, then popularity."""
        beside = self.together[asked].tocoo()
        own = self.met[asked[beside.row]]
        cosines = beside.data / (np.sqrt(own * self.met[beside.col]) + _SHRINKAGE)
        scores = np.bincount(beside.col, cosines, len(self.met))
        damped: Array = (scores + 1e-6 * self.met / max(1.0, self.met.max())).astype(np.float32)
        return damped


def cases(baskets: Sequence[Codes], most: int, seed: int) -> list[Case]:
    """Each product of each basket left out once; of too many cases some."""
    places = np.array(
        [(number, place) for number, own in enumerate(baskets) for place in range(len(own))]
    )
    if len(places) > most:
        chosen = np.random.default_rng(seed).choice(len(places), most, replace=False)
        places = places[np.sort(chosen)]
    return [
        Case(number, np.delete(baskets[number], place), int(baskets[number][place]))
        for number, place in places.tolist()
    ]


def judge(assortment: Assortment, score: Scorer, asked: Sequence[Case]) -> Figures:
    """Put all products in order for each case. Asking products and variants are no answer."""
    rows = [figure for case in asked if (figure := _judged(assortment, score, case)) is not None]
    baskets, ranks, surprise = (np.array(column) for column in zip(*rows, strict=True))
    return Figures(
        baskets.astype(np.int64), (ranks <= FIRST).astype(np.float64), 1 / ranks, surprise
    )


def _judged(assortment: Assortment, score: Scorer, case: Case) -> tuple[int, float, float] | None:
    is_asking = np.isin(assortment.groups, assortment.groups[case.asking])
    if is_asking[case.missing]:
        return None
    scores = np.where(is_asking, -np.inf, score(case.asking)).astype(np.float64)
    own = scores[case.missing]
    tied = int((scores == own).sum()) - 1
    # Equal ones are in any order: half of them before it.
    rank = 1 + int((scores > own).sum()) + tied / 2
    best = scores.max()
    total = np.log(np.exp(scores - best).sum()) + best if np.isfinite(best) else np.inf
    return case.basket, rank, total - own

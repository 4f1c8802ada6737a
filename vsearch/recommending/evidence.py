"""What speaks for products, in numbers that a blend weighs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vsearch.recommending.traits import Codes, Traits

#: The columns of ``Evidence.values``.
NAMES = ("looks", "category", "line", "brand", "price", "together", "by_shopper", "popularity")

#: How fast looking alike falls with the distance: at a cosine of 0.9 it is 0.37 of what it is at 1.
_SHARPNESS = 10.0
_LEAST_LOOKS = 0.01

#: So much of a category, or a brand, is expected of a shopper whose history is only as long as
#: one product that was just viewed.
_EXPECTED = 1.0
_LEAST_SHARE = 1e-3

#: Scales similarities of products that are met together, few of which are above a tenth.
_TOGETHER = 10.0

#: A product without any event is taken to be half as popular as the mean one: it may be new.
_UNKNOWN_POPULARITY = 0.5

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Asking:
    """The products that ask, q of them."""

    traits: Traits
    weights: Numbers
    """(q,) above 0."""

    def only(self, chosen: npt.NDArray[np.bool_]) -> Asking:
        """Some of them."""
        return Asking(self.traits.at(chosen), self.weights[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Company:
    """How much each of c candidates is met with those that ask, their weights counted in."""

    in_session: Numbers
    """(c,) by the same sessions."""
    by_shopper: Numbers
    """(c,) by the same shoppers."""


def popularity_of(wanted: Numbers) -> Numbers:
    """(c,) how popular candidates are beside each other: above 0, sums to 1.

    Args:
        wanted: (c,) how much shoppers want each, 0 where nothing is known.
    """
    floor = _UNKNOWN_POPULARITY * (wanted.mean() if wanted.any() else 1.0)
    return np.asarray((wanted + floor) / (wanted + floor).sum())


def evidence(asking: Asking, candidates: Traits, popularity: Numbers, company: Company) -> Numbers:
    """What speaks for candidates.

    Args:
        asking: the products that ask.
        candidates: c products.
        popularity: (c,) of ``popularity_of``.
        company: in which they are met with those that ask.

    Returns:
        (c, 8) float64, the columns in the order of ``NAMES``; where nothing asks all but the
        last are 0.
    """
    values = np.zeros((len(candidates), len(NAMES)))
    if not len(candidates):
        return values
    own = asking.traits
    if len(own):
        shares = asking.weights / asking.weights.sum()
        values[:, 0] = np.log(_LEAST_LOOKS + shares @ alike(own, candidates))
        values[:, 1] = _lift(asking.weights, own.wide, candidates.wide, popularity)
        values[:, 2] = _lift(asking.weights, own.narrow, candidates.narrow, popularity)
        values[:, 3] = _lift(asking.weights, own.brands, candidates.brands, popularity)
        values[:, 4] = shares @ priced_alike(own, candidates)
        values[:, 5] = np.log1p(_TOGETHER * company.in_session)
        values[:, 6] = np.log1p(_TOGETHER * company.by_shopper)
    values[:, 7] = np.log(popularity * len(candidates))
    return values


def alike(own: Traits, theirs: Traits) -> Numbers:
    """(q, c) 0 to 1: how much products look alike; 0 where one has no picture."""
    cosines = own.embeddings @ theirs.embeddings.T
    seen = own.is_seen[:, None] & theirs.is_seen
    return np.asarray(np.where(seen, np.exp(_SHARPNESS * (cosines - 1)), 0.0))


def agreeing(own: Codes, theirs: Codes) -> npt.NDArray[np.bool_]:
    """(q, c) whether two products have the same of something."""
    return np.asarray((own[:, None] == theirs) & (theirs >= 0))


def priced_alike(own: Traits, theirs: Traits) -> Numbers:
    """(q, c) 0 to 1: e to the minus of how many times e one costs of the other."""
    apart = np.abs(own.prices[:, None] - theirs.prices)
    return np.asarray(np.where(np.isnan(apart), 0.0, np.exp(-apart)))


def _lift(weights: Numbers, own: Codes, theirs: Codes, popularity: Numbers) -> Numbers:
    """(c,) how many times more than everybody a shopper wants what a product is, as a logarithm.

    A short history is taken for little more than chance: what is expected of everybody counts
    as one more product.
    """
    codes, places = np.unique(theirs, return_inverse=True)
    usual = np.bincount(places, popularity, len(codes)) + _LEAST_SHARE
    wanted = weights @ agreeing(own, codes)
    lift = np.log((wanted + _EXPECTED * usual) / (weights.sum() + _EXPECTED) / usual)
    # What says nothing of itself is neither wanted nor unwanted.
    lift[codes < 0] = 0.0
    return np.asarray(lift[places])

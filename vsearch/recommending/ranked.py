"""Candidates for one shopper, with what speaks for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vsearch.behaviour.behaviour import Behaviour
from vsearch.recommending.blend import BASES, Blend
from vsearch.recommending.company import KnownCompany
from vsearch.recommending.evidence import (
    Asking,
    Numbers,
    agreeing,
    alike,
    evidence,
    popularity_of,
)
from vsearch.recommending.recommended import Basis, Interest
from vsearch.recommending.support import Support
from vsearch.recommending.traits import Codes, Traits

#: How much is taken off for looking just like what a shopper said not to like: about as much as
#: a category that a shopper cares for adds.
_UNLIKE = 3.0

#: Of the asking products at most so many are named, each that says at least this share of what
#: the strongest says.
_NAMED = 3
_WORTH_NAMING = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """c candidates for the q products that ask, in i interests."""

    candidates: Traits
    chances: Numbers
    """(c,) 0 to 1: of which the best has 1."""
    interest: Codes
    """(c,) the number of the interest that speaks most for each."""
    shares: Numbers
    """(i,) how much each interest counts; they sum to 1, the largest first."""
    values: npt.NDArray[np.float64]
    """(i, c, 8) what speaks for each candidate, by interest."""
    usual: npt.NDArray[np.float64]
    """(i, 8) what speaks for products on the whole, the popular ones counting more."""
    blend: Blend
    asking: Asking
    labels: Codes
    """(q,) the interest of each asking product."""
    company: KnownCompany
    numbers: Codes
    """(c,) of the behaviour."""
    is_unmet: npt.NDArray[np.bool_]
    """(c,) whether nobody has met them: nothing is known of how many want them."""

    @property
    def interests(self) -> tuple[Interest, ...]:
        """What the shopper seems to look for, the strongest first."""
        skus, weights = self.asking.traits.skus, self.asking.weights
        return tuple(
            Interest(
                tuple(
                    skus[one]
                    for one in np.argsort(-weights, kind="stable").tolist()
                    if self.labels[one] == number
                ),
                share,
            )
            for number, share in enumerate(self.shares.tolist())
        )

    def support(self, place: int, score: float) -> Support:
        """What speaks for one candidate."""
        basis = self._basis(place)
        says = self._said_by(place, basis)
        order = np.argsort(-says, kind="stable")[:_NAMED].tolist()
        named = [one for one in order if says[one] > 0 and says[one] >= _WORTH_NAMING * says.max()]
        skus = self.asking.traits.skus
        return Support(score, basis, tuple(skus[one] for one in named))

    def _basis(self, place: int) -> Basis:
        """What speaks for a candidate most, beside what everybody would be shown."""
        own = self.values[self.interest[place]]
        gains = (own[place] - self.usual[self.interest[place]]) * np.array(self.blend.weights)
        sums: dict[Basis, float] = {}
        for basis, gain in zip(BASES, gains.tolist(), strict=True):
            sums[basis] = sums.get(basis, 0.0) + gain
        for basis in sorted(sums, key=lambda one: -sums[one]):
            if basis is Basis.POPULAR or self._said_by(place, basis).any():
                return basis
        return Basis.POPULAR

    def _said_by(self, place: int, basis: Basis) -> Numbers:
        """(q,) how much each asking product has to do with it."""
        own, theirs = self.asking.traits, self.candidates.at(np.array([place]))
        if basis is Basis.LOOKS:
            says = alike(own, theirs)[:, 0]
        elif basis is Basis.KIND:
            agreements = [
                agreeing(getattr(own, name), getattr(theirs, name))[:, 0]
                for name in ("wide", "narrow", "brands")
            ]
            says = np.sum(agreements, axis=0, dtype=np.float64)
        elif basis is Basis.TOGETHER:
            says = self.company.of_each(int(self.numbers[place]))
        else:
            says = np.zeros(len(own))
        return np.asarray(self.asking.weights * says)


def ranked(
    asking: Asking,
    labels: Codes,
    candidates: Traits,
    behaviour: Behaviour,
    company: KnownCompany,
    blend: Blend,
    unlike: Traits,
) -> Ranked:
    """Rank candidates for a shopper.

    A product's chance is the mean over the interests, by their shares, of how likely it is the
    next one for somebody who has only this interest.

    Args:
        asking: q products, the ones that ``company`` was made for.
        labels: (q,) the interest of each, from 0, the strongest first.
        candidates: c products.
        behaviour: what the shop's events say.
        company: in which products are met.
        blend: weighs what speaks for products.
        unlike: what isn't wanted; what looks like it moves down.
    """
    numbers = behaviour.numbers(candidates.skus)
    wanted = np.where(numbers >= 0, behaviour.weights[numbers] if behaviour.size else 0.0, 0.0)
    popularity = popularity_of(wanted)
    taken_off = _UNLIKE * alike(unlike, candidates).max(axis=0, initial=0.0)
    shares = np.bincount(labels, asking.weights) / asking.weights.sum()
    values, chances = [], []
    for number in range(len(shares)):
        is_own = labels == number
        met = company.of(np.where(is_own, asking.weights, 0.0), numbers)
        found = evidence(asking.only(is_own), candidates, popularity, met)
        utilities = blend.utilities(found) - taken_off
        likely = np.exp(utilities - utilities.max(initial=-np.inf))
        values.append(found)
        chances.append(likely / likely.sum())
    weighed = shares[:, None] * np.array(chances)
    total = weighed.sum(axis=0)
    return Ranked(
        candidates=candidates,
        chances=total / total.max(initial=1e-300),
        interest=weighed.argmax(axis=0).astype(np.int64),
        shares=shares,
        values=np.array(values),
        usual=np.einsum("c,icf->if", popularity, np.array(values)),
        blend=blend,
        asking=asking,
        labels=labels,
        company=company,
        numbers=numbers,
        is_unmet=wanted == 0,
    )

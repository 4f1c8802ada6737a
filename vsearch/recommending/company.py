"""In which company products are met: of all sessions, and of all but one shopper's."""

from __future__ import annotations

import numpy as np

from vsearch.behaviour.behaviour import Behaviour
from vsearch.recommending.evidence import Company, Numbers
from vsearch.recommending.traits import Codes


class KnownCompany:
    """How much every product is met with some that ask."""

    def __init__(self, behaviour: Behaviour, skus: tuple[str, ...]) -> None:
        """Look the asking products up.

        Args:
            behaviour: what the events say, of n products.
            skus: of q products that ask.
        """
        self._numbers = behaviour.numbers(skus)
        asking = self._numbers[self._numbers >= 0]
        places = np.flatnonzero(self._numbers >= 0)
        self._asked = len(skus)
        self._places = places
        self._in_session = behaviour.in_session.similarities(asking, behaviour.met_in_session)
        self._by_shopper = behaviour.by_shopper.similarities(asking, behaviour.met_by_shopper)
        # By column, as each of many candidates is asked about.
        self._each = (self._in_session + self._by_shopper).tocsc()

    def of(self, weights: Numbers, numbers: Codes) -> Company:
        """The company of candidates.

        Args:
            weights: (q,) of the asking products; 0 for one that doesn't count.
            numbers: (c,) of the behaviour; -1 for a candidate without events.
        """
        own = weights[self._places]
        return Company(_at(numbers, own @ self._in_session), _at(numbers, own @ self._by_shopper))

    def nearest(self, weights: Numbers, most: int) -> Codes:
        """The numbers of the products that are met most with those that ask."""
        own = weights[self._places]
        met = own @ self._in_session + own @ self._by_shopper
        found = np.flatnonzero(met)
        if len(found) > most:
            found = found[np.argpartition(-met[found], most)[:most]]
        return found.astype(np.int64)

    def of_each(self, number: int) -> Numbers:
        """(q,) how much one product is met with each that asks."""
        met = np.zeros(self._asked)
        if number >= 0:
            start, end = self._each.indptr[number : number + 2]
            met[self._places[self._each.indices[start:end]]] = self._each.data[start:end]
        return met


def _at(numbers: Codes, values: Numbers) -> Numbers:
    found = np.zeros(len(numbers))
    is_known = numbers >= 0
    found[is_known] = values[numbers[is_known]]
    return found

"""One shopper of the simulated shop: when they come, and what they do then."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from vsearch.events.event import EventKind
from vsearch.recommender_evaluation.simulation.draw import draw

if TYPE_CHECKING:
    from vsearch.recommender_evaluation.simulation.shop import SimulatedShop
    from vsearch.recommender_evaluation.simulation.taste import Taste

_NO_ACCOUNT = 0.3
_TASTES = (0.35, 0.35, 0.2, 0.1)
_TASTE_DAYS = 45.0
_VISIT_EVERY_DAYS = 15.0
_REGULARITY = 0.8

_STEPS = 6
_ANOTHER_TASTE = 0.15
#: How many steps go to what is popular, and to what is new, whatever the taste.
TO_POPULAR, TO_NEW = 0.15, 0.05
_BOUGHT_BEFORE = 0.2

#: Taste at which a product is clicked, and then taken, with a chance of one half.
_CLICKED_AT, _TAKEN_AT = 3.5, 5.0
_CALLS, _PARTNER_TAKEN = 0.45, 0.6
_CHECKOUT = 0.5

_DAY_S = 86_400
_OPEN_S, _CLOSE_S = 7 * 3_600, 23 * 3_600
_PAUSE_S = 45.0


class Deed(NamedTuple):
    """What a shopper does with a product."""

    kind: EventKind
    product: int
    """Its row in ``Traits``."""
    second: int
    """From the beginning of the simulation."""


class Shopper:
    """Someone with tastes, who comes now and then."""

    def __init__(self, shop: SimulatedShop, random: np.random.Generator) -> None:
        self._shop = shop
        self._random = random
        self.has_account = bool(random.random() >= _NO_ACCOUNT)
        rate = random.gamma(_REGULARITY, 1 / (_REGULARITY * _VISIT_EVERY_DAYS))
        days = shop.options.days
        self._visits = np.sort(random.integers(days, size=max(1, random.poisson(rate * days))))
        number = draw(random, np.array(_TASTES)) + 1
        self.tastes = [shop.taste(float(self._visits[0]), random) for _ in range(number)]
        """As they are at the visit that came last."""
        self.shares = random.dirichlet(np.full(number, 1.5))
        """(tastes,) how many of the visits begin with each; they sum to 1."""
        self._appeal = np.ones(len(shop.traits))
        """(n,) what has been bought is wanted less."""

    def sessions(self) -> Iterator[list[Deed]]:
        """What they do, a visit at a time."""
        before = self._visits[0]
        for day in self._visits:
            if self._random.random() < 1 - exp(-(day - before) / _TASTE_DAYS):
                changed = self._random.integers(len(self.tastes))
                self.tastes[changed] = self._shop.taste(float(day), self._random)
            before = day
            yield _Session(self._shop, self._random, float(day), self._appeal).deeds(
                self.tastes, self.shares
            )


class _Session:
    """One visit."""

    def __init__(
        self,
        shop: SimulatedShop,
        random: np.random.Generator,
        day: float,
        appeal: npt.NDArray[np.float64],
    ) -> None:
        self._shop, self._random, self._appeal = shop, random, appeal
        self._second = int(day) * _DAY_S + int(random.integers(_OPEN_S, _CLOSE_S))
        self._popularity = shop.popularity(day)
        self._left = self._popularity * appeal
        """(n,) chances of what hasn't been met in this visit."""
        self._new = shop.new_arrivals(day)
        self._deeds: list[Deed] = []
        self._basket: list[int] = []

    def deeds(self, tastes: list[Taste], shares: npt.NDArray[np.float64]) -> list[Deed]:
        taste = tastes[draw(self._random, shares)]
        for _ in range(self._random.geometric(1 / _STEPS)):
            if self._random.random() < _ANOTHER_TASTE:
                taste = tastes[draw(self._random, shares)]
            if not self._left.any():
                break
            self._meet(self._next(taste), taste)
        if self._basket and self._random.random() < _CHECKOUT:
            for product in self._basket:
                self._do(EventKind.PURCHASE, product)
                self._appeal[product] = _BOUGHT_BEFORE
        return self._deeds

    def _next(self, taste: Taste) -> int:
        chance = self._random.random()
        if chance < TO_POPULAR:
            return draw(self._random, self._left)
        weights = self._left * taste.appeal
        if chance < TO_POPULAR + TO_NEW:
            chosen = weights * self._new
        elif self._random.random() < self._shop.options.tastes.kept_to:
            chosen = weights * taste.is_about
        else:
            chosen = weights
        return draw(self._random, chosen if chosen.any() else weights)

    def _meet(self, product: int, taste: Taste) -> None:
        self._view(product)
        if self._random.random() >= _chance(taste.likings[product] - _CLICKED_AT):
            return
        self._do(EventKind.CLICK, product)
        if self._random.random() >= _chance(taste.likings[product] - _TAKEN_AT):
            return
        self._take(product)
        while self._random.random() < _CALLS:
            partner = self._shop.rules.draw_partner(product, self._left, self._random)
            if partner is None:
                return
            self._view(partner)
            if self._random.random() < _PARTNER_TAKEN:
                self._take(partner)

    def _view(self, product: int) -> None:
        self._do(EventKind.VIEW, product)
        self._left[product] = 0.0

    def _take(self, product: int) -> None:
        self._do(EventKind.BASKET, product)
        self._basket.append(product)

    def _do(self, kind: EventKind, product: int) -> None:
        self._deeds.append(Deed(kind, product, self._second))
        self._second += 1 + int(self._random.exponential(_PAUSE_S))


def _chance(liking: float) -> float:
    return 1 / (1 + exp(-liking))

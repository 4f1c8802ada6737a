"""The simulated shop: its products, what is popular when, and everything that happens in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from vsearch.catalog.product import Product
from vsearch.events.event import Event
from vsearch.recommender_evaluation.simulation.options import ShopOptions
from vsearch.recommender_evaluation.simulation.rules import Rules
from vsearch.recommender_evaluation.simulation.shopper import Deed, Shopper
from vsearch.recommender_evaluation.simulation.taste import Taste, draw_taste
from vsearch.recommender_evaluation.simulation.traits import Traits, read_traits

_ZIPF = 0.8
_WEEK_DAYS = 7
_KEPT, _STEP = 0.9, 0.3

_LATE = 0.2
_LATE_FROM = 0.3
_NEW_DAYS = 14

#: Streams of random numbers that don't depend on how many shoppers there are.
_SHOP_STREAM, _SHOPPER_STREAM, _THEME_STREAM = 0, 1, 2


class SimulatedShop:
    """A shop over some products; ``simulation/__init__.py`` has the model."""

    def __init__(self, products: Iterable[Product], options: ShopOptions | None = None) -> None:
        """Draw the shop.

        Raises:
            EvaluationError: there is no product, or nothing is said of any.
        """
        self.options = options or ShopOptions()
        seed = self.options.seed
        self.traits: Traits = read_traits(products, np.random.default_rng([seed, _THEME_STREAM]))
        random = np.random.default_rng([seed, _SHOP_STREAM])
        self.rules = Rules(self.traits, random, by_theme=self.options.rules_by_theme)
        self.arrives = _arrivals(len(self.traits), self.options.days, random)
        """(n,) the day, from 0, on which each product comes in."""
        self._popularity = _popularity(len(self.traits), self.options.days, random)

    def popularity(self, day: float) -> npt.NDArray[np.float64]:
        """(n,) how likely each product is met whatever the taste; 0 for those not there yet."""
        met: npt.NDArray[np.float64] = self._popularity[int(day) // _WEEK_DAYS] * (
            self.arrives <= day
        )
        return met

    def new_arrivals(self, day: float) -> npt.NDArray[np.bool_]:
        """(n,) which products have come in lately, but weren't there from the beginning."""
        arrived: npt.NDArray[np.bool_] = (
            (self.arrives > 0) & (self.arrives <= day) & (day - self.arrives <= _NEW_DAYS)
        )
        return arrived

    def taste(self, day: float, random: np.random.Generator) -> Taste:
        """A taste that a shopper may take up on a day."""
        return draw_taste(self.traits, self.popularity(day), self.options.tastes, random)

    def events(self) -> list[Event]:
        """Everything that happens, the earliest first."""
        happened = [event for number in range(self.options.shoppers) for event in self._of(number)]
        return sorted(happened, key=_moment)

    def random_of(self, number: int) -> np.random.Generator:
        """What everything that a shopper does is drawn from."""
        return np.random.default_rng([self.options.seed, _SHOPPER_STREAM, number])

    def user(self, number: int) -> str:
        """The user id of a shopper who has an account."""
        return f"shopper-{self.options.seed}-{number:05d}"

    def session(self, number: int, visit: int) -> str:
        """The session id of a shopper's visit."""
        return f"session-{self.options.seed}-{number:05d}-{visit:03d}"

    def _of(self, number: int) -> Iterator[Event]:
        shopper = Shopper(self, self.random_of(number))
        user = self.user(number) if shopper.has_account else ""
        for visit, deeds in enumerate(shopper.sessions()):
            for deed in deeds:
                yield self._event(deed, user, self.session(number, visit))

    def _event(self, deed: Deed, user: str, session: str) -> Event:
        moment = self.options.start + timedelta(seconds=deed.second)
        return Event(deed.kind, self.traits.skus[deed.product], moment, user, session)


def simulate(products: Iterable[Product], options: ShopOptions | None = None) -> list[Event]:
    """Everything that happens in a simulated shop over some products, the earliest first.

    Raises:
        EvaluationError: there is no product, or nothing is said of any.
    """
    return SimulatedShop(products, options).events()


def _moment(event: Event) -> float:
    return event.at.timestamp() if event.at else 0.0


def _arrivals(products: int, days: int, random: np.random.Generator) -> npt.NDArray[np.float64]:
    moments = random.uniform(_LATE_FROM * days, days, products)
    is_late = random.random(products) < _LATE
    # One product at least is there on the first day.
    is_late[random.integers(products)] = False
    return np.where(is_late, moments, 0.0)


def _popularity(products: int, days: int, random: np.random.Generator) -> npt.NDArray[np.float64]:
    """(weeks, n) of which each week's sum is 1."""
    logs = -_ZIPF * np.log1p(random.permutation(products))
    way = np.zeros(products)
    weeks = []
    for _ in range(-(-days // _WEEK_DAYS)):
        met = np.exp(logs + way)
        weeks.append(met / met.sum())
        way = _KEPT * way + _STEP * random.standard_normal(products)
    return np.stack(weeks)

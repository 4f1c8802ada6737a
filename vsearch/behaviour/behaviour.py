"""What a shop's events say of its products, as they stood at one moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from vsearch.behaviour.baskets import PUT_TOGETHER, basket_keys
from vsearch.behaviour.numbering import Numbering, digests
from vsearch.behaviour.options import BehaviourOptions
from vsearch.behaviour.recent import RecentEvents
from vsearch.behaviour.together import Together
from vsearch.events.columns import EventColumns

_DAY_US = 24 * 60 * 60 * 1_000_000


@dataclass(frozen=True, eq=False)
class Behaviour:
    """What is popular, and what is met together. Nothing in it changes.

    Counting further events gives another one, which shares what it can with this one; it is
    the same as counting all of them at once.
    """

    options: BehaviourOptions
    last_id: int
    """Of the newest event that was counted; 0 where none was."""
    events: int
    """How many events were counted."""
    items: Numbering[str]
    """SKUs. It may know more by now than this snapshot has counted."""
    size: int
    """How many products have events: the numbers below are of ``items``' first so many."""
    newest: np.datetime64
    """Of the events that were counted, UTC: popularity is as it was then."""
    weights: npt.NDArray[np.float64]
    """(n,) how much each product is wanted: its events, by kind, halved with their age."""
    in_session: Together
    in_basket: Together
    """Only what was put into one basket, or bought."""
    by_shopper: Together
    sessions: Numbering[int]
    """By digest, as shoppers are: what is kept names nobody."""
    shoppers: Numbering[int]
    recent: RecentEvents

    @classmethod
    def of(cls, pages: Iterable[EventColumns], options: BehaviourOptions | None = None) -> Self:
        """Count events.

        Args:
            pages: in the order of storing.
            options: how they count.
        """
        behaviour = cls.empty(options)
        for page in pages:
            behaviour = behaviour.counted(page)
        return behaviour

    @classmethod
    def empty(cls, options: BehaviourOptions | None = None) -> Self:
        """What no event says."""
        options = options or BehaviourOptions()
        return cls(
            options=options,
            last_id=0,
            events=0,
            items=Numbering(),
            size=0,
            newest=np.datetime64(0, "us"),
            weights=np.empty(0),
            in_session=Together.empty(options.session_items),
            in_basket=Together.empty(options.session_items),
            by_shopper=Together.empty(options.shopper_items),
            sessions=Numbering(),
            shoppers=Numbering(),
            recent=RecentEvents.none(),
        )

    def counted(self, page: EventColumns, now: datetime | None = None) -> Self:
        """Count further events.

        Args:
            page: what was stored since.
            now: events can't be newer than this; None for the present.
        """
        if not len(page):
            return self
        items = self.items.of(page.skus)
        at = np.minimum(page.at, np.datetime64((now or datetime.now(UTC)).replace(tzinfo=None)))
        counts = [place for place, kind in enumerate(page.kinds) if self._weight(kind) > 0]
        size = len(self.items)
        newest = max(self.newest, at.max()) if self.events else at.max()
        in_session, in_basket, by_shopper = self.in_session, self.in_basket, self.by_shopper
        recent = self.recent
        named = [n for n in counts if page.session_ids[n] or page.user_ids[n]]
        if named:
            # In the order of storing where two happened at the same moment.
            places = at[named].astype(np.int64)
            sessions = self.sessions.of(digests(basket_keys(page, named)))
            in_session = in_session.counted(sessions, items[named], places, size)
            shoppers = self.shoppers.of(digests(_shopper(page, place) for place in named))
            by_shopper = by_shopper.counted(shoppers, items[named], places, size)
            weights = np.array([self._weight(page.kinds[n]) for n in named])
            recent = recent.followed_by(
                RecentEvents(shoppers, sessions, items[named], weights, places)
            )
        put = [place for place in named if page.kinds[place] in PUT_TOGETHER]
        if put:
            baskets = self.sessions.of(digests(basket_keys(page, put)))
            in_basket = in_basket.counted(baskets, items[put], at[put].astype(np.int64), size)
        return replace(
            self,
            last_id=int(page.ids[-1]),
            events=self.events + len(page),
            size=size,
            newest=newest,
            weights=self._weighted(page, items, at, newest, size),
            in_session=in_session.sized(size),
            in_basket=in_basket.sized(size),
            by_shopper=by_shopper.sized(size),
            recent=recent,
        )

    @cached_property
    def popular(self) -> npt.NDArray[np.int64]:
        """(p,) the numbers of the products that are wanted at all, the most wanted first."""
        order = np.argsort(-self.weights, kind="stable")
        return order[self.weights[order] > 0].astype(np.int64)

    @cached_property
    def popularity(self) -> npt.NDArray[np.float64]:
        """(n,) 0 to 1, of which the most wanted product has 1."""
        return self.weights / (self.weights.max(initial=0) or 1)

    @cached_property
    def skus(self) -> tuple[str, ...]:
        """(n,) by number."""
        return self.items.names[: self.size]

    def numbers(self, skus: Iterable[str]) -> npt.NDArray[np.int64]:
        """(q,) the numbers of products; -1 for one without any event."""
        found = (self.items.find(sku) for sku in skus)
        return np.array([-1 if one is None or one >= self.size else one for one in found], np.int64)

    @cached_property
    def met_in_session(self) -> npt.NDArray[np.float32]:
        """(n,) in how many sessions each product was met."""
        return self.in_session.met

    @cached_property
    def met_in_basket(self) -> npt.NDArray[np.float32]:
        """(n,) in how many baskets each product was."""
        return self.in_basket.met

    @cached_property
    def met_by_shopper(self) -> npt.NDArray[np.float32]:
        """(n,) by how many shoppers each product was met."""
        return self.by_shopper.met

    def _weight(self, kind: str) -> float:
        return self.options.kind_weights.get(kind, 0.0)

    def _weighted(
        self,
        page: EventColumns,
        items: npt.NDArray[np.int64],
        at: npt.NDArray[np.datetime64],
        newest: np.datetime64,
        size: int,
    ) -> npt.NDArray[np.float64]:
        """How much products are wanted at the moment of the newest event."""
        aged = (newest - self.newest).astype(np.int64) if self.events else 0
        ages = (newest - at).astype(np.int64) / _DAY_US
        weights = np.array([self._weight(kind) for kind in page.kinds])
        faded = weights * 0.5 ** (ages / self.options.half_life_days)
        before = np.pad(self.weights, (0, size - len(self.weights)))
        before *= 0.5 ** (aged / _DAY_US / self.options.half_life_days)
        return before + np.bincount(items, faded, size)


def _shopper(page: EventColumns, place: int) -> tuple[str, str]:
    """The user of an event; where there is none its session."""
    user = page.user_ids[place]
    return user, "" if user else page.session_ids[place]

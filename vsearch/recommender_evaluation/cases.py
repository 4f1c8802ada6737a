"""What is asked in an evaluation: events cut in time, and of each shopper what came last."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from vsearch.behaviour.baskets import Baskets, basket_keys
from vsearch.errors import EvaluationError
from vsearch.events.columns import EventColumns
from vsearch.events.event import Event, EventKind
from vsearch.recommender_evaluation.event_columns import joined, taken
from vsearch.recommender_evaluation.gallery import Gallery

#: The most of a shopper's events that a question may hold; the newest are kept.
_MOST_HISTORY = 1_000


@dataclass(frozen=True, slots=True)
class Case:
    """One question with its right answer."""

    name: str
    """Of the shopper, or the basket."""
    history: tuple[Event, ...]
    """What came before, the oldest first; of a basket what else is in it."""
    target: str
    """The SKU of what came next: nothing of the history, nor a variant of it."""
    at: datetime
    """When that was."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Events until a moment, to learn from, and questions about what came after it."""

    cut: datetime
    training: EventColumns
    cases: tuple[Case, ...]


def split_shoppers(
    pages: Iterable[EventColumns],
    gallery: Gallery,
    *,
    test_share: float,
    kinds: Collection[str] = tuple(EventKind),
) -> Split:
    """Leave out, of each shopper who came after the cut, the last product that was new to them.

    A shopper is a user, or a session without one. What they met before that product, after the
    cut as well, is the history that a recommender is given; nothing else of the time after the
    cut is known to it. Products that have left the catalogue are asked for nowhere.

    Args:
        pages: all events.
        gallery: the products.
        test_share: how many of the events come after the cut, above 0, below 1.
        kinds: only products with which the shopper did one of these are asked for; bought ones,
            say.

    Raises:
        EvaluationError: nothing comes before the cut, or nothing new after it.
    """
    events, cut, first_after = _cut(pages, test_share)
    by_shopper: dict[str, list[int]] = {}
    for place, (user, session) in enumerate(zip(events.user_ids, events.session_ids, strict=True)):
        if user or session:
            by_shopper.setdefault(user or f"{session} (session)", []).append(place)
    wanted = frozenset(str(kind) for kind in kinds)
    cases = []
    for name, places in by_shopper.items():
        if places[-1] < first_after:
            continue
        target = _last_new(events, places, gallery, wanted)
        if target is not None and places[target] >= first_after:
            cases.append(_case(name, events, places[:target], places[target]))
    if not cases:
        raise EvaluationError(
            f"no shopper met a new product from {cut:%Y-%m-%d %H:%M} on: more events are needed,"
            " or a larger share of them after the cut"
        )
    return Split(cut, taken(events, np.arange(first_after)), tuple(cases))


def split_baskets(
    pages: Iterable[EventColumns], gallery: Gallery, *, test_share: float, seed: int = 0
) -> Split:
    """Leave out one product of each basket that was begun after the cut, at random.

    Args:
        pages: all events.
        gallery: the products.
        test_share: how many of the events come after the cut, above 0, below 1.
        seed: of the drawing.

    Raises:
        EvaluationError: there is no such basket with two products that the catalogue has.
    """
    events, cut, first_after = _cut(pages, test_share)
    keys = list(basket_keys(events, range(len(events))))
    begun_before = set(keys[:first_after])
    places = [place for place in range(first_after, len(events)) if keys[place] not in begun_before]
    baskets = Baskets.of([taken(events, np.array(places, np.int64))])
    random = np.random.default_rng(seed)
    cases = []
    for number, items in enumerate(baskets):
        skus = [baskets.skus[item] for item in items]
        skus = [sku for sku in skus if sku in gallery.row_of]
        if not skus:
            continue
        target = skus[int(random.integers(len(skus)))]
        is_same = gallery.with_variants(gallery.rows([target]))
        others = [sku for sku in skus if not is_same[gallery.row_of[sku]]]
        if others:
            at = _moment(baskets.moments[number])
            history = tuple(Event(EventKind.BASKET, sku, at) for sku in others)
            cases.append(Case(f"basket-{number}", history, target, at))
    if not cases:
        raise EvaluationError(
            f"no basket of two products or more from {cut:%Y-%m-%d %H:%M} on: events of the kinds"
            " basket or purchase are needed"
        )
    return Split(cut, taken(events, np.arange(first_after)), tuple(cases))


def _cut(pages: Iterable[EventColumns], test_share: float) -> tuple[EventColumns, datetime, int]:
    """All events by their time, the moment of the cut, and the first event after it."""
    if not 0 < test_share < 1:
        raise EvaluationError(f"test share {test_share}: give a number above 0 and below 1")
    events = joined(pages)
    events = taken(events, np.argsort(events.at, kind="stable"))
    cut = events.at[int(len(events) * (1 - test_share))] if len(events) else None
    first_after = int(np.searchsorted(events.at, cut)) if cut is not None else 0
    if cut is None or not first_after:
        raise EvaluationError(
            f"{len(events):,} events: too few to learn from one part and to ask about the other;"
            " bring more with `vsearch events import`"
        )
    return events, _moment(cut), first_after


def _last_new(
    events: EventColumns, places: list[int], gallery: Gallery, wanted: frozenset[str]
) -> int | None:
    """Where in a shopper's events they first met the last product that was new to them."""
    groups = [gallery.row_of.get(events.skus[place]) for place in places]
    numbers = [None if row is None else int(gallery.groups[row]) for row in groups]
    came_to = {
        number
        for number, place in zip(numbers, places, strict=True)
        if number is not None and events.kinds[place] in wanted
    }
    met: set[int] = set()
    last = None
    for index, number in enumerate(numbers):
        if number is not None and number not in met:
            met.add(number)
            if number in came_to:
                last = index
    return last


def _case(name: str, events: EventColumns, before: list[int], target: int) -> Case:
    history = tuple(
        Event(
            EventKind(events.kinds[place]),
            events.skus[place],
            _moment(events.at[place]),
            session_id=events.session_ids[place],
        )
        for place in before[-_MOST_HISTORY:]
    )
    return Case(name, history, events.skus[target], _moment(events.at[target]))


def _moment(at: np.datetime64) -> datetime:
    moment: datetime = at.astype("datetime64[us]").item()
    return moment.replace(tzinfo=UTC)

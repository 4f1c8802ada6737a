"""What a shopper did, as weights of products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import log1p

from vsearch.behaviour.options import KIND_WEIGHTS
from vsearch.events.columns import EventColumns
from vsearch.events.event import EventKind
from vsearch.recommending.asked import ForShopper

#: The newest product counts 1, the one before it this share of it, and so on: where events have
#: no moment, or all of one visit, this is what tells old from new.
RECENCY = 0.8

#: The products that say most; the others would hardly be heard beside them.
MOST_PRODUCTS = 50

_DAY_S = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Met:
    """One product that was met once more."""

    sku: str
    weight: float
    """Of the kind of the event."""
    age_days: float


def events_of(
    asked: ForShopper, stored: Iterable[EventColumns], now: datetime | None = None
) -> list[Met]:
    """Everything that is known of a shopper, the newest first.

    Args:
        asked: brings events along.
        stored: those that the collection has, the newest first.
        now: what ages are counted from where the question doesn't say.
    """
    at = asked.at or now or datetime.now(UTC)
    met = [(event.at or at, event.sku, event.kind.value) for event in asked.history]
    for columns in stored:
        moments = columns.at.astype("datetime64[us]").tolist()
        newest_first = zip(moments, columns.skus, columns.kinds, strict=True)
        met += [
            (moment.replace(tzinfo=UTC), sku, kind) for moment, sku, kind in [*newest_first][::-1]
        ]
    # What was given last is the newer one of equals. What is known of the user, of the session
    # and by the question may be the same event.
    ordered = sorted(dict.fromkeys(met), key=lambda one: one[0])[::-1]
    return [
        Met(sku, KIND_WEIGHTS.get(kind, 0.0), max(0.0, (at - moment).total_seconds() / _DAY_S))
        for moment, sku, kind in ordered
    ]


def weighted(
    met: Sequence[Met], half_life_days: float, like: Iterable[str] = ()
) -> dict[str, float]:
    """How much each product says of what the shopper wants, the newest product first.

    Repetitions add up, halved with their age, and count less and less: the tenth view of a
    product says little more than the ninth.

    Args:
        met: the newest first.
        half_life_days: after how many days an event counts half.
        like: SKUs that are liked, now and always.
    """
    liked_skus = [*like]
    # A history that is old as a whole is still all that is known: only beside what is liked now
    # does it count less than a new one.
    newest = 0.0 if liked_skus else min((one.age_days for one in met), default=0.0)
    sums: dict[str, float] = {}
    for one in met:
        faded = one.weight * 0.5 ** ((one.age_days - newest) / half_life_days)
        sums[one.sku] = sums.get(one.sku, 0.0) + faded
    weights = {
        sku: log1p(total) * RECENCY**place for place, (sku, total) in enumerate(sums.items())
    }
    liked = log1p(KIND_WEIGHTS[EventKind.PURCHASE])
    for sku in liked_skus:
        weights[sku] = weights.get(sku, 0.0) + liked
    return {sku: weight for sku, weight in weights.items() if weight > 0}


def strongest(weights: dict[str, float], most: int = MOST_PRODUCTS) -> dict[str, float]:
    """The products that say most, the strongest first."""
    order = sorted(weights, key=lambda sku: -weights[sku])[:most]
    return {sku: weights[sku] for sku in order}

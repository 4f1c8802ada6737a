"""What a shop's own events ask: who had met this, what did they meet next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vsearch.behaviour.behaviour import Behaviour
from vsearch.recommending.asked import ForShopper
from vsearch.recommending.history import Met, strongest, weighted
from vsearch.recommending.traits import Codes, TraitReader, Traits

#: Of one shopper the last so many products that were new to them are asked for.
_EACH = 3

#: Of a history so many products are looked at: fitting isn't to take long.
_MOST_PRODUCTS = 20

#: So many shoppers are looked at, at most, to find enough questions.
_MOST_SHOPPERS = 2_000

_DAY_US = 24 * 60 * 60 * 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class PastQuestion:
    """What one shopper had met, and the product that was the next new one to them."""

    history: dict[str, float]
    """SKUs with their weights, as they were then."""
    target: int
    """The number of the behaviour of what they met next."""
    met: Codes
    """The numbers of all products that they have met up to now."""
    sessions: tuple[frozenset[int], ...]
    """The products of each of their sessions in which they met the target."""
    own_weight: float
    """How much of the target's popularity is their own doing."""


def past_questions(
    behaviour: Behaviour, most: int, random: np.random.Generator
) -> Iterator[PastQuestion]:
    """Questions about shoppers drawn at random, at most so many."""
    recent = behaviour.recent
    order = np.argsort(recent.shoppers, kind="stable")
    shoppers, starts = np.unique(recent.shoppers[order], return_index=True)
    own = np.split(order, starts[1:]) if len(shoppers) else []
    found = 0
    for number in random.permutation(len(shoppers))[:_MOST_SHOPPERS].tolist():
        places = own[number]
        for question in _of_shopper(
            behaviour, places[np.argsort(recent.at[places], kind="stable")]
        ):
            yield question
            found += 1
            if found == most:
                return


def _of_shopper(behaviour: Behaviour, places: Codes) -> Iterator[PastQuestion]:
    """Questions about one shopper, whose events are at these places, the oldest first."""
    recent, skus = behaviour.recent, behaviour.skus
    items, at = recent.items[places], recent.at[places]
    now = behaviour.newest.astype("datetime64[us]").astype(np.int64)
    _, first = np.unique(items, return_index=True)
    for place in np.sort(first)[1:][-_EACH:].tolist():
        target = int(items[place])
        before = [
            Met(skus[item], weight, (at[place] - moment) / _DAY_US)
            for item, weight, moment in zip(
                items[:place][::-1].tolist(),
                recent.weights[places[:place]][::-1].tolist(),
                at[:place][::-1].tolist(),
                strict=True,
            )
        ]
        sessions = recent.sessions[places]
        on_target = items == target
        halvings = (now - at[on_target]) / _DAY_US / behaviour.options.half_life_days
        faded = recent.weights[places[on_target]] * 0.5**halvings
        yield PastQuestion(
            history=strongest(weighted(before, ForShopper().half_life_days), _MOST_PRODUCTS),
            target=target,
            met=np.unique(items),
            sessions=tuple(
                frozenset(items[sessions == one].tolist()) for one in np.unique(sessions[on_target])
            ),
            own_weight=float(faded.sum()),
        )


def drawn_products(
    behaviour: Behaviour, traits: TraitReader, number: int, random: np.random.Generator
) -> Traits:
    """Products with events, drawn evenly: what shoppers could have met in place of a target."""
    drawn = random.permutation(behaviour.size)[:number].tolist()
    return traits.of([*traits.ids_of([behaviour.skus[one] for one in drawn]).values()])

"""The best that could be recommended in a simulated shop: by one who knows everybody's tastes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vsearch.recommender_evaluation.cases import Case
from vsearch.recommender_evaluation.gallery import Gallery
from vsearch.recommender_evaluation.rankers import Ranker, by_scores
from vsearch.recommender_evaluation.simulation.shop import SimulatedShop
from vsearch.recommender_evaluation.simulation.shopper import (
    TO_NEW,
    TO_POPULAR,
    Shopper,
)
from vsearch.recommender_evaluation.simulation.taste import Taste

#: The ranker's name.
KNOWING = "who knows the tastes"

_DAY_S = 86_400

Chances = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Visit:
    start: int
    end: int
    """Seconds from the beginning of the simulation, both included."""
    tastes: Sequence[Taste]
    shares: Chances


def knowing_ranker(shop: SimulatedShop, gallery: Gallery) -> Ranker:
    """Ranks by each product's chance to be met next, given the shopper's tastes on that day.

    It knows the shop as it is drawn, but not which of the tastes a visit follows. What is drawn
    can't be foreseen any better without knowing that: no recommender is expected to do as well.

    Args:
        shop: whose events were evaluated.
        gallery: of its products.
    """
    visits = {
        name: visit for number in range(shop.options.shoppers) for name, visit in _of(shop, number)
    }
    rows = np.array([gallery.row_of[sku] for sku in shop.traits.skus], np.int64)
    place_of = {sku: place for place, sku in enumerate(shop.traits.skus)}

    def scores(case: Case) -> Chances:
        second = round((case.at - shop.options.start).total_seconds())
        of_shopper = visits[case.name]
        visit = next(one for one in of_shopper if one.start <= second <= one.end)
        met = [place_of[event.sku] for event in case.history if event.sku in place_of]
        found = np.zeros(len(gallery))
        found[rows] = _chances(shop, visit, met)
        return found

    return by_scores(KNOWING, "the best possible", gallery, scores)


def _of(shop: SimulatedShop, number: int) -> Iterator[tuple[str, list[_Visit]]]:
    """A shopper's visits, by the name of their case."""
    shopper = Shopper(shop, shop.random_of(number))
    visits = []
    for deeds in shopper.sessions():
        tastes = tuple(shopper.tastes)
        visits.append(_Visit(deeds[0].second, deeds[-1].second, tastes, shopper.shares))
    if shopper.has_account:
        yield shop.user(number), visits
    else:
        for visit, one in enumerate(visits):
            yield f"{shop.session(number, visit)} (session)", [one]


def _chances(shop: SimulatedShop, visit: _Visit, met: Sequence[int]) -> Chances:
    day = visit.start // _DAY_S
    left = shop.popularity(day)
    left[list(met)] = 0.0
    new = shop.new_arrivals(day)
    kept = shop.options.tastes.kept_to
    total = TO_POPULAR * _shared(left)
    for taste, share in zip(visit.tastes, visit.shares, strict=True):
        wanted = left * taste.appeal
        keeping = kept * _shared(wanted * taste.is_about) + (1 - kept) * _shared(wanted)
        total += share * (1 - TO_POPULAR - TO_NEW) * keeping
        total += share * TO_NEW * _shared(wanted * new)
    return total


def _shared(weights: Chances) -> Chances:
    shares: Chances = weights / (weights.sum() or 1)
    return shares

"""What one shopper may want next."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import ColumnElement

from vsearch.behaviour.behaviour import Behaviour
from vsearch.catalog import product_store
from vsearch.recommending.asked import ForShopper
from vsearch.recommending.blend import Blend
from vsearch.recommending.company import KnownCompany
from vsearch.recommending.evidence import Asking, Numbers
from vsearch.recommending.fresh import with_unmet
from vsearch.recommending.history import Met, strongest, weighted
from vsearch.recommending.interests import interests_of
from vsearch.recommending.interleave import interleaved
from vsearch.recommending.pool import pool_of
from vsearch.recommending.popular import popular_products
from vsearch.recommending.ranked import Ranked, ranked
from vsearch.recommending.recommended import Recommendations
from vsearch.recommending.similar import all_of
from vsearch.recommending.support import Support, shown, why_none
from vsearch.recommending.traits import Codes, TraitReader, Traits
from vsearch.searching.boosting import boosted
from vsearch.searching.diversity import WINDOW, diversify
from vsearch.searching.reading import Reading


@dataclass(frozen=True, slots=True)
class Shop:
    """What is known of a collection at one moment."""

    reading: Reading
    traits: TraitReader
    behaviour: Behaviour
    blend: Blend


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What can be an answer."""

    where: str
    condition: ColumnElement[bool] | None
    without: Set[int]
    shown: Traits
    """What was met and isn't to come again: near-identical listings of it are no answer."""


def recommend_to(shop: Shop, asked: ForShopper, met: Sequence[Met]) -> Recommendations:
    """Answer for one shopper; see ``Recommender.recommend``.

    Args:
        shop: the collection.
        asked: the question.
        met: all that is known of the shopper, the newest first.
    """
    reading = shop.reading
    named = [*dict.fromkeys([*(one.sku for one in met), *asked.like, *asked.unlike])]
    ids = shop.traits.ids_of(named)
    left_out = [ids[sku] for sku in (asked.unlike if asked.seen else named) if sku in ids]
    where = all_of(asked.where, "available" if asked.in_stock else "")
    bounds = _Bounds(
        where,
        reading.condition(where),
        product_store.with_variants(reading.connection, left_out),
        shop.traits.of([] if asked.seen else left_out),
    )
    weights = weighted(met, asked.half_life_days, asked.like)
    weights = {sku: one for sku, one in weights.items() if sku in ids and sku not in asked.unlike}
    found: dict[int, Support] = {}
    answer = Recommendations(())
    if weights:
        asking = {ids[sku]: one for sku, one in strongest(weights).items()}
        unlike = shop.traits.of([ids[sku] for sku in asked.unlike if sku in ids])
        ranking = _ranked(shop, asked, asking, unlike, bounds)
        found = _first(reading, asked, ranking)
        answer = replace(answer, interests=ranking.interests)
    found = _filled(shop, found, asked.k, bounds)
    return replace(
        answer,
        hits=shown(reading, found),
        unknown=tuple(sku for sku in named if sku not in ids),
        why_nothing=None if found else _why_none(where, is_met=bool(left_out)),
    )


def _why_none(where: str, *, is_met: bool) -> str:
    if not is_met:
        return why_none(where)
    if where:
        return why_none(where, "no product that the shopper hasn't met")
    return "the shopper has met every product"


def _ranked(
    shop: Shop, asked: ForShopper, asking: dict[int, float], unlike: Traits, bounds: _Bounds
) -> Ranked:
    traits = shop.traits.of([*asking])
    weights = np.array([asking[one] for one in traits.ids.tolist()])
    labels = _by_strength(interests_of(traits, asked.interests), weights)
    everything = Asking(traits, weights)
    company = KnownCompany(shop.behaviour, traits.skus)
    candidates = pool_of(
        shop.reading,
        shop.traits,
        shop.behaviour,
        company,
        everything,
        labels,
        k=asked.k,
        where=bounds.where,
        condition=bounds.condition,
        without=bounds.without,
    )
    candidates = _without_copies(candidates, bounds.shown, shop.reading.same_from)
    return ranked(everything, labels, candidates, shop.behaviour, company, shop.blend, unlike)


def _filled(shop: Shop, found: dict[int, Support], k: int, bounds: _Bounds) -> dict[int, Support]:
    """What was found, and after it what is popular, up to k."""
    left_out = {*bounds.without, *found}
    while len(found) < k:
        popular = popular_products(
            shop.reading,
            shop.behaviour,
            k - len(found),
            condition=bounds.condition,
            without=left_out,
        )
        if not popular or not len(bounds.shown):
            return found | popular
        left_out.update(popular)
        candidates = shop.traits.of([*popular])
        kept = _without_copies(candidates, bounds.shown, shop.reading.same_from)
        found = found | {one: popular[one] for one in kept.ids.tolist()}
    return found


def _by_strength(labels: Codes, weights: Numbers) -> Codes:
    """The same interests, numbered so that the strongest is the first."""
    order = np.argsort(-np.bincount(labels, weights), kind="stable")
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    return places[labels]


def _without_copies(candidates: Traits, met: Traits, same_from: float) -> Traits:
    """Those whose pictures aren't near-identical to those of what has been met."""
    nearest = (met.embeddings @ candidates.embeddings.T).max(axis=0, initial=-1)
    return candidates.at(nearest < same_from)


def _first(reading: Reading, asked: ForShopper, ranking: Ranked) -> dict[int, Support]:
    """The first k candidates by id, with what speaks for them."""
    chances, ids = ranking.chances, ranking.candidates.ids
    # Equal ones change places with the seed, and with nothing else.
    lots = np.random.default_rng(asked.seed).permutation(len(ids))
    order = np.lexsort((lots, -chances)).tolist()
    scores = dict(zip(ids.tolist(), chances.tolist(), strict=True))
    if asked.boosts or asked.diversity:
        some = order[: max(WINDOW, asked.k)]
        hits = reading.hits({int(ids[place]): scores[int(ids[place])] for place in some})
        if asked.boosts:
            hits = boosted(reading.connection, hits, asked.boosts, asked.at)
        place_of = {one: place for place, one in enumerate(ids.tolist())}
        scores = {hit.product_id: hit.score + hit.boost for hit in hits}
        order = [place_of[hit.product_id] for hit in hits]
        if asked.diversity:
            embeddings = ranking.candidates.embeddings[order]
            order = [
                place_of[hit.product_id] for hit in diversify(hits, embeddings, asked.diversity)
            ]
    places = interleaved(order, ranking.interest.tolist(), ranking.shares.tolist(), asked.k)
    places = with_unmet(places, order, ranking.is_unmet.tolist(), asked.fresh)
    return {int(ids[place]): ranking.support(place, scores[int(ids[place])]) for place in places}

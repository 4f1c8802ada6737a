"""Each baseline against a plain calculation of what it is meant to be."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import sqrt

import numpy as np
import pytest

from vsearch.events.columns import EventColumns
from vsearch.events.event import Event, EventKind
from vsearch.recommender_evaluation.baselines import basket_baselines, shopper_baselines
from vsearch.recommender_evaluation.cases import Case
from vsearch.recommender_evaluation.event_columns import as_columns
from vsearch.recommender_evaluation.gallery import Gallery
from vsearch.recommender_evaluation.rankers import Ranker

NOW = datetime(2026, 3, 1, tzinfo=UTC)

#: What ``item_neighbours.py`` says it shrinks by, and ``baselines.py`` that a step back counts.
SHRINKAGE, RECENCY = 1.0, 0.8


def named(rankers: tuple[Ranker, ...], name: str) -> Ranker:
    return next(one for one in rankers if one.name == name)


def asking(*skus: str, kind: EventKind = EventKind.VIEW) -> Case:
    return Case("case", tuple(Event(kind, sku, NOW) for sku in skus), "?", NOW)


def orthogonal(*skus: str) -> Gallery:
    own = np.arange(len(skus))
    return Gallery(skus, own, own, own, np.eye(len(skus), dtype=np.float32))


def viewed(*visits: str, days: int = 0) -> EventColumns:
    """``user: a b c``: what somebody viewed, so many days after one another."""
    events = []
    for number, visit in enumerate(visits):
        user, skus = visit.split(":")
        at = NOW + timedelta(days=days * number)
        events += [Event(EventKind.VIEW, sku, at, user) for sku in skus.split()]
    return as_columns(events)


def test_popularity_counts_shoppers_not_views() -> None:
    training = viewed("ann: a a a a", "bob: b c", "eve: b", "kim: c", "joe: c")
    ranker = named(shopper_baselines(training, orthogonal(*"abcd")), "popularity")
    assert ranker.rank(asking(), 9) == ["c", "b", "a", "d"]
    assert ranker.rank(asking("c"), 2) == ["b", "a"]


def test_popularity_fades() -> None:
    training = viewed("ann: a", "bob: a", "eve: a", "kim: b", "joe: b", days=10)
    ranker = named(shopper_baselines(training, orthogonal(*"ab")), "popularity")
    assert ranker.rank(asking(), 2) == ["b", "a"]


def test_random_is_another_order_for_each_case_and_the_same_each_time(gallery: Gallery) -> None:
    training = viewed(f"ann: {gallery.skus[0]}")
    ranker = named(shopper_baselines(training, gallery, seed=1), "random")
    one, other = asking(), Case("other", (), "?", NOW)
    assert ranker.rank(one, 50) == ranker.rank(one, 50) != ranker.rank(other, 50)
    again = named(shopper_baselines(training, gallery, seed=2), "random")
    assert again.rank(one, 50) != ranker.rank(one, 50)


def test_co_occurrence_is_item_knn(pages: list[EventColumns], gallery: Gallery) -> None:
    training = pages[0]
    met = defaultdict(set)
    for user, session, sku in zip(
        training.user_ids, training.session_ids, training.skus, strict=True
    ):
        met[user or session].add(sku)
    alone = Counter(sku for skus in met.values() for sku in skus)
    history = [sku for sku, _ in alone.most_common(40)][::13]
    scores: Counter[str] = Counter()
    for place, asked in enumerate(reversed(history)):
        both = Counter(sku for skus in met.values() if asked in skus for sku in skus)
        for sku, count in both.items():
            similar = count / (sqrt(alone[asked] * alone[sku]) + SHRINKAGE)
            scores[sku] += RECENCY**place * similar
    ranked = named(shopper_baselines(training, gallery), "co-occurrence").rank(asking(*history), 60)
    left_out = gallery.with_variants(gallery.rows(history))
    expected = {sku: score for sku, score in scores.items() if not left_out[gallery.row_of[sku]]}
    assert len(ranked) == 60
    for one, following in pairwise(ranked):
        assert expected[one] >= expected[following] - 1e-6
    assert min(expected[sku] for sku in ranked) >= sorted(expected.values())[-60] - 1e-6


def test_without_a_history_or_neighbours_it_is_popularity() -> None:
    training = viewed("ann: a b", "bob: a c", "eve: a c", "kim: e")
    gallery = orthogonal(*"abcde")
    rankers = shopper_baselines(training, gallery)
    popular = named(rankers, "popularity")
    for name in ("co-occurrence", "single mean", "popular of kind"):
        assert named(rankers, name).rank(asking(), 9) == popular.rank(asking(), 9)
    assert named(rankers, "co-occurrence").rank(asking("e"), 2) == ["a", "c"]
    assert named(rankers, "co-occurrence").rank(asking("unknown"), 2) == ["a", "c"]


def test_the_single_mean_is_nearest_to_the_newest(gallery: Gallery) -> None:
    training = viewed(f"ann: {gallery.skus[0]}")
    ranker = named(shopper_baselines(training, gallery), "single mean")
    old, new = gallery.skus[3], gallery.skus[100]
    rows = [gallery.row_of[old], gallery.row_of[new]]
    mean = RECENCY * gallery.embeddings[rows[0]] + gallery.embeddings[rows[1]]
    scores = gallery.embeddings @ mean
    scores[gallery.with_variants(np.array(rows))] = -np.inf
    nearest = {gallery.skus[row] for row in np.argsort(-scores)[:10]}
    assert set(ranker.rank(asking(old, new), 10)) == nearest


def test_what_is_popular_of_a_kind_goes_by_what_was_met() -> None:
    # Of the section 0 are a, b, c; of the section 1 d, e; of the section 2 f.
    own, sections = np.arange(6), np.array([0, 0, 0, 1, 1, 2])
    gallery = Gallery(tuple("abcdef"), own, own, sections, np.eye(6, dtype=np.float32))
    training = viewed("ann: a b f", "bob: a d f", "eve: a d e f", "kim: f")
    ranker = named(shopper_baselines(training, gallery), "popular of kind")
    # A quarter of the section 0, less of the section 1, then the rest by popularity.
    assert ranker.rank(asking("c"), 9) == ["a", "b", "f", "d", "e"]
    # The newest weighs 1 and is of the section 1: 2 of 3 for d; 0.8 * 3 of 4 for a.
    assert ranker.rank(asking("c", "e"), 9) == ["d", "a", "b", "f"]


def test_nobody_recommends_what_was_met_or_its_variants(
    pages: list[EventColumns], gallery: Gallery
) -> None:
    row = next(
        row for row in range(len(gallery)) if (gallery.groups == gallery.groups[row]).sum() > 1
    )
    variants = {gallery.skus[one] for one in np.flatnonzero(gallery.groups == gallery.groups[row])}
    case = asking(gallery.skus[row])
    rankers = (*shopper_baselines(pages[0], gallery), *basket_baselines(pages[0], gallery))
    for ranker in rankers:
        found = ranker.rank(case, 1_000)
        assert len(found) == len(set(found)) == len(gallery) - len(variants)
        assert not variants & set(found)


def test_co_occurrence_in_baskets_counts_baskets_only() -> None:
    events = [
        Event(EventKind.VIEW, sku, NOW, "ann", f"view-{number}")
        for number in range(9)
        for sku in ("a", "seen")
    ]
    events += [Event(EventKind.BASKET, sku, NOW, "ann", "s") for sku in ("a", "put")]
    events += [Event(EventKind.PURCHASE, "alone", NOW, "bob", f"b-{n}") for n in range(3)]
    rankers = basket_baselines(as_columns(events), orthogonal("a", "seen", "put", "alone"))
    case = asking("a", kind=EventKind.BASKET)
    assert named(rankers, "co-occurrence").rank(case, 2) == ["put", "alone"]
    assert named(rankers, "popularity").rank(case, 2) == ["alone", "put"]


def test_the_same_style_is_of_another_category_and_alike_beside_it() -> None:
    random = np.random.default_rng(0)
    categories = np.repeat(np.arange(4), 6)
    styles = np.tile(np.arange(6), 4)
    embeddings = 5 * random.standard_normal((4, 32))[categories]
    embeddings += random.standard_normal((6, 32))[styles]
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    skus = tuple(f"{category}-{style}" for category, style in zip(categories, styles, strict=True))
    gallery = Gallery(skus, np.arange(24), categories, categories, embeddings.astype(np.float32))
    nothing = as_columns([Event(EventKind.VIEW, "0-0", NOW, "ann")])
    ranker = named(basket_baselines(nothing, gallery), "same style")
    found = ranker.rank(asking("1-4"), 24)
    assert set(found[:3]) == {"0-4", "2-4", "3-4"}
    assert {sku[0] for sku in found[-5:]} == {"1"}


@pytest.mark.parametrize("make", [shopper_baselines, basket_baselines])
def test_events_of_products_that_have_left_are_passed_over(make) -> None:
    training = viewed("ann: gone gone2", "bob: gone")
    for ranker in make(training, orthogonal("a", "b")):
        assert sorted(ranker.rank(asking("gone"), 9)) == ["a", "b"]

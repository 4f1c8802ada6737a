"""The simulated shop does what its description says, and nothing by looks."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from vsearch.behaviour.baskets import Baskets
from vsearch.catalog.product import Product
from vsearch.errors import EvaluationError
from vsearch.events.columns import EventColumns
from vsearch.events.event import Event, EventKind
from vsearch.recommender_evaluation.baselines import shopper_baselines
from vsearch.recommender_evaluation.cases import split_shoppers
from vsearch.recommender_evaluation.gallery import Gallery
from vsearch.recommender_evaluation.rankers import Ranker
from vsearch.recommender_evaluation.simulation.knowing import knowing_ranker
from vsearch.recommender_evaluation.simulation.options import (
    BY_BRAND,
    BY_COLOUR,
    BY_THEME,
    ShopOptions,
)
from vsearch.recommender_evaluation.simulation.rules import Rules
from vsearch.recommender_evaluation.simulation.shop import SimulatedShop, simulate
from vsearch.recommender_evaluation.simulation.traits import read_traits

FEW = ShopOptions(shoppers=30, days=30, seed=3)


@pytest.fixture(scope="module")
def events(products: tuple[Product, ...]) -> list[Event]:
    return simulate(products, FEW)


def by_session(events: list[Event]) -> dict[str, list[Event]]:
    sessions = defaultdict(list)
    for event in events:
        sessions[event.session_id].append(event)
    return sessions


def test_the_same_options_give_the_same_events(
    products: tuple[Product, ...], events: list[Event]
) -> None:
    assert simulate(reversed(products), FEW) == events
    assert simulate(products, replace(FEW, seed=4)) != events


def test_who_knows_the_tastes_is_ahead_of_who_does_not(
    shop: SimulatedShop, pages: list[EventColumns], gallery: Gallery
) -> None:
    split = split_shoppers(pages, gallery, test_share=0.25)
    assert len(split.cases) > 60

    def gains(ranker: Ranker) -> np.ndarray:
        places = [(*ranker.rank(case, 10), case.target).index(case.target) for case in split.cases]
        return np.array([1 / np.log2(place + 2) if place < 10 else 0.0 for place in places])

    best = gains(knowing_ranker(shop, gallery))
    for baseline in shopper_baselines(split.training, gallery):
        ahead = best - gains(baseline)
        assert ahead.mean() > 3 * ahead.std() / np.sqrt(len(ahead)), baseline.name


def test_fewer_shoppers_are_the_first_of_more(
    products: tuple[Product, ...], events: list[Event]
) -> None:
    fewer = simulate(products, replace(FEW, shoppers=12))
    of_those = {event.session_id for event in fewer}
    assert fewer == [event for event in events if event.session_id in of_those]
    assert len(fewer) < len(events)


def test_pictures_and_texts_change_nothing(
    products: tuple[Product, ...], events: list[Event]
) -> None:
    without = [replace(one, images=(), title="", description="", url="") for one in products]
    assert simulate(without, FEW) == events


def test_moments_lie_within_the_days_and_rise(events: list[Event]) -> None:
    moments = [event.at for event in events if event.at is not None]
    assert len(moments) == len(events)
    assert moments == sorted(moments)
    assert FEW.start <= moments[0]
    # The last visit may begin late on the last day.
    assert moments[-1] < FEW.start + timedelta(days=FEW.days + 1)


def test_products_are_met_only_once_they_have_come_in(shop: SimulatedShop) -> None:
    rows = {sku: row for row, sku in enumerate(shop.traits.skus)}
    late = [event for event in shop.events() if shop.arrives[rows[event.sku]] > 0]
    assert late
    for event in late:
        assert event.at is not None
        day = (event.at - shop.options.start) // timedelta(days=1)
        assert day >= shop.arrives[rows[event.sku]]


def test_what_is_bought_was_in_the_basket_and_what_is_there_was_viewed(
    events: list[Event],
) -> None:
    bought = 0
    for session in by_session(events).values():
        of_kind = {kind: [one.sku for one in session if one.kind is kind] for kind in EventKind}
        viewed = of_kind[EventKind.VIEW]
        assert len(viewed) == len(set(viewed)), "nothing is viewed twice in one session"
        assert set(of_kind[EventKind.CLICK]) <= set(viewed)
        assert set(of_kind[EventKind.BASKET]) <= set(viewed)
        if of_kind[EventKind.PURCHASE]:
            bought += 1
            assert of_kind[EventKind.PURCHASE] == of_kind[EventKind.BASKET]
    assert bought


def test_some_have_no_account_and_each_of_their_sessions_stands_alone(
    events: list[Event],
) -> None:
    nobody = {event.session_id for event in events if not event.user_id}
    somebody = {event.session_id for event in events if event.user_id}
    assert nobody
    assert somebody
    assert not nobody & somebody


def test_shoppers_keep_to_tastes(products: tuple[Product, ...]) -> None:
    """Two products of one session are of one category far more often than by popularity alone."""
    wide = {one.sku: one.category[0] for one in products}
    events = simulate(products, replace(FEW, shoppers=120))
    views = Counter(wide[event.sku] for event in events if event.kind is EventKind.VIEW)
    by_chance = sum((count / views.total()) ** 2 for count in views.values())
    pairs = [
        wide[session[0].sku] == wide[one.sku]
        for session in by_session(events).values()
        for one in session[1:]
        if one.kind is EventKind.VIEW
    ]
    assert np.mean(pairs) > 2 * by_chance


def test_baskets_follow_the_rules(shop: SimulatedShop, pages: list[EventColumns]) -> None:
    """Pairs that a rule calls for are in baskets several times as often as other pairs."""
    traits = shop.traits
    rows = {sku: row for row, sku in enumerate(traits.skus)}
    called = {
        (category, rule.partner)
        for category, rules in shop.rules.of_category.items()
        for rule in rules
    }
    categories = len(shop.rules.of_category)
    share = len(called) / categories**2
    baskets = Baskets.of(pages)
    hits = [
        (int(traits.narrow[rows[baskets.skus[one]]]), int(traits.narrow[rows[baskets.skus[two]]]))
        in called
        for items in baskets
        for one in items
        for two in items
        if one != two
    ]
    assert len(hits) > 100
    assert np.mean(hits) > 4 * share


def test_rules_are_one_sided_and_mostly_to_other_categories(
    products: tuple[Product, ...],
) -> None:
    traits = read_traits(products, np.random.default_rng(0))
    called = {
        (category, rule.partner)
        for seed in range(5)
        for category, rules in Rules(traits, np.random.default_rng(seed)).of_category.items()
        for rule in rules
    }
    assert any((two, one) not in called for one, two in called)
    assert np.mean([one != two for one, two in called]) > 0.8


def test_themes_show_nowhere(products: tuple[Product, ...]) -> None:
    """Where tastes are themes, sessions keep to them, and to categories no more than by chance."""
    by_theme = replace(FEW, shoppers=120, tastes=BY_THEME, rules_by_theme=True)
    shop = SimulatedShop(products, by_theme)
    rows = {sku: row for row, sku in enumerate(shop.traits.skus)}
    sessions = [
        [rows[one.sku] for one in session if one.kind is EventKind.VIEW]
        for session in by_session(shop.events()).values()
    ]
    viewed = np.concatenate(sessions)

    def kept(codes: np.ndarray) -> tuple[float, float]:
        """How often two views of a session agree, and any two views."""
        shares = np.bincount(codes[viewed] + 1) / len(viewed)
        pairs = [codes[one[0]] == codes[other] for one in sessions for other in one[1:]]
        return float(np.mean(pairs)), float((shares**2).sum())

    theme, by_chance = kept(shop.traits.theme)
    assert theme > 3 * by_chance
    wide, by_chance = kept(shop.traits.wide)
    assert wide < 1.3 * by_chance


@pytest.mark.parametrize("tastes", [BY_BRAND, BY_COLOUR, BY_THEME, FEW.tastes])
def test_a_shop_of_one_product(tastes: object) -> None:
    only = Product("one", brand="Ohmira", category=("Toys",), attributes={"colour": "red"})
    found = simulate([only], replace(FEW, tastes=tastes))
    assert {event.sku for event in found} == {"one"}


def test_products_that_lack_traits_are_met_as_well(products: tuple[Product, ...]) -> None:
    bare = [
        replace(one, category=(), brand="", price=None, attributes={}) if number % 2 else one
        for number, one in enumerate(products[:40])
    ]
    found = {event.sku for event in simulate(bare, FEW)}
    assert any(one.sku in found for one in bare[1::2])


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ([], "no products"),
        ([Product("a", title="A lamp"), Product("b")], "no category, brand or attribute"),
    ],
)
def test_a_catalogue_that_says_nothing_is_refused(given: list[Product], problem: str) -> None:
    with pytest.raises(EvaluationError, match=problem):
        simulate(given)


@pytest.mark.parametrize(
    ("field", "value"),
    [("shoppers", 0), ("days", 0), ("seed", -1), ("start", datetime(2026, 1, 1))],  # noqa: DTZ001
)
def test_options_out_of_range(field: str, value: object) -> None:
    with pytest.raises(EvaluationError, match=f"{field} = "):
        replace(ShopOptions(), **{field: value})

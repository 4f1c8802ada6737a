"""What a shopper may want next, and what there is for those of whom nothing is known."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from math import floor
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recommending.conftest import MUSIC, NOW, SHOES, shop_events, view
from vsearch import Collection, Event, EventKind, FilterError, ProductChange, QueryError, Settings
from vsearch.behaviour.behaviour import Behaviour
from vsearch.catalog.product import Product
from vsearch.recommender_evaluation.event_columns import as_columns
from vsearch.recommending.asked import ForShopper, GoesWith, Popular, SimilarTo
from vsearch.recommending.fresh import with_unmet
from vsearch.recommending.recommended import Basis, Interest, Recommendations
from vsearch.searching.boost import parse_boost


def skus(found: Recommendations) -> list[str]:
    return [one.hit.sku for one in found.hits]


def asked(*history: str, **options: object) -> ForShopper:
    options = {"at": NOW, "k": 5} | options
    return ForShopper(history=tuple(view(sku) for sku in history), **options)  # type: ignore[arg-type]


def test_company_speaks_for_what_others_met(shop: Collection) -> None:
    found = shop.recommender.recommend(asked("MUS-DRU-001", "MUS-KEY-001"))
    assert set(skus(found)[:3]) == set(MUSIC[2:])
    assert {one.basis for one in found.hits[:3]} <= {Basis.TOGETHER, Basis.KIND}
    assert set(found.hits[0].because) <= {"MUS-DRU-001", "MUS-KEY-001"}
    assert found.hits[0].because
    assert found.unknown == ()
    assert found.why_nothing is None
    assert [one.hit.rank for one in found.hits] == [1, 2, 3, 4, 5]


def test_two_interests_are_both_served(shop: Collection) -> None:
    found = shop.recommender.recommend(
        asked("MUS-DRU-001", "FAS-WSH-001", "MUS-KEY-001", "FAS-WSH-002", k=8)
    )
    groups = [{sku[:3] for sku in one.skus} for one in found.interests]
    assert sorted(groups, key=sorted) == [{"FAS"}, {"MUS"}]
    assert sum(one.share for one in found.interests) == pytest.approx(1)
    assert found.interests[0].share >= found.interests[1].share
    assert {sku[:3] for sku in skus(found)} >= {"FAS", "MUS"}
    alone = shop.recommender.recommend(
        asked("MUS-DRU-001", "FAS-WSH-001", "MUS-KEY-001", "FAS-WSH-002", interests=1)
    )
    assert len(alone.interests) == 1
    assert alone.interests[0].share == 1


def test_what_has_been_met_is_left_out_with_its_variants_unless_asked_for(
    shop: Collection,
) -> None:
    linen = {f"STA-BOO-00{number}" for number in range(1, 5)}
    every = shop.recommender.recommend(asked("STA-BOO-001", k=300))
    assert len(every.hits) == len(set(skus(every))) == 229 - 4
    assert not linen & set(skus(every))
    again = shop.recommender.recommend(asked("STA-BOO-001", k=300, seen=True))
    assert linen <= set(skus(again))


def test_what_was_met_years_ago_still_tells_two_products_from_all_others(shop: Collection) -> None:
    old = tuple(view(sku, days_ago=4_000) for sku in ("TOY-VEH-001", "TOY-VEH-002"))
    found = shop.recommender.recommend(ForShopper(history=old, k=225, at=NOW))
    assert found.interests == (Interest(("TOY-VEH-002", "TOY-VEH-001"), 1.0),)
    assert all(sku.startswith("TOY") for sku in skus(found)[:3])
    assert found.hits[0].basis in {Basis.LOOKS, Basis.KIND}


def test_the_same_seed_gives_the_same_answer(shop: Collection) -> None:
    first, second, other = (
        shop.recommender.recommend(asked("STA-BOO-001", "TOY-VEH-001", k=50, seed=seed))
        for seed in (3, 3, 4)
    )
    assert first == second
    # Another seed changes what is as good as something else, and nothing else.
    assert [one.hit.score for one in other.hits] == pytest.approx(
        [one.hit.score for one in first.hits]
    )


def test_nobody_in_particular_gets_what_is_popular_then_what_is_new(shop: Collection) -> None:
    found = shop.recommender.recommend(ForShopper(k=13, at=NOW))
    assert found == shop.recommender.recommend(asked("NEVER-1", k=13)).__class__(hits=found.hits)
    bases = [one.basis for one in found.hits]
    assert bases == [Basis.POPULAR] * 10 + [Basis.NEWEST] * 3
    assert set(skus(found)[:10]) == {*SHOES, *MUSIC}
    popular = shop.recommender.popular(Popular(k=13))
    assert skus(popular) == skus(found)
    assert found.interests == ()


def test_what_has_left_the_catalogue_is_passed_over_and_named(shop: Collection) -> None:
    found = shop.recommender.recommend(asked("GONE-1", "MUS-DRU-001", "GONE-1", like=("NO-2",)))
    assert found.unknown == ("GONE-1", "NO-2")
    assert found.hits[0].hit.sku in MUSIC
    nothing_known = shop.recommender.recommend(asked("GONE-1"))
    assert nothing_known.unknown == ("GONE-1",)
    assert nothing_known.hits[0].basis is Basis.POPULAR
    assert "GONE-1" not in skus(shop.recommender.popular(Popular(k=300)))


def test_a_users_and_a_sessions_own_events_are_known(shop: Collection) -> None:
    recommend = shop.recommender.recommend
    known = recommend(ForShopper(user_id="music-0", at=NOW, k=5))
    assert known.hits[0].hit.sku == MUSIC[0]
    assert not set(skus(known)) & set(MUSIC[1:])
    session = recommend(ForShopper(session_id="visit-music-0", at=NOW, k=5))
    assert skus(session) == skus(known)
    # What is known of both, and sent along, happened once.
    twice = {"user_id": "music-0", "session_id": "visit-music-0"}
    sent = tuple(event for event in shop_events() if event.user_id == "music-0")
    assert recommend(ForShopper(**twice, history=sent, at=NOW, k=5)) == known  # type: ignore[arg-type]
    nobody = recommend(ForShopper(user_id="nobody", at=NOW, k=5))
    assert [one.basis for one in nobody.hits] == [Basis.POPULAR] * 5
    # On a part of the events nobody is known but by what the question brings along.
    part = shop.recommender.given(behaviour=Behaviour.of(shop.events.read()))
    assert skus(part.recommend(ForShopper(user_id="music-0", at=NOW, k=5))) == skus(nobody)


def test_who_has_seen_everything_is_told_so(shop: Collection) -> None:
    everything = tuple(one.product.sku for one in shop.export())
    found = shop.recommender.recommend(asked(*everything))
    assert found.hits == ()
    assert found.why_nothing == "the shopper has met every product"
    some = tuple(sku for sku in everything if sku.startswith("MUS"))
    found = shop.recommender.recommend(asked(*some, where="sku:MUS-*"))
    assert found.hits == ()
    assert found.why_nothing == "no product that the shopper hasn't met passes the filter sku:MUS-*"
    assert shop.recommender.recommend(asked(*everything, seen=True)).why_nothing is None


def test_filters_hold_for_every_source(shop: Collection) -> None:
    cheap = {one.product.sku for one in shop.export() if (one.product.price or 1e9) < 10}
    for history in (("MUS-DRU-001",), ()):
        found = shop.recommender.recommend(asked(*history, where="price < 10", k=300))
        assert set(skus(found)) == cheap
    found = shop.recommender.recommend(asked("MUS-DRU-001", in_stock=True, k=300))
    assert all(one.hit.product.availability == "in_stock" for one in found.hits)
    found = shop.recommender.recommend(asked("MUS-DRU-001", where="price < 0"))
    assert found.why_nothing == "no product that the shopper hasn't met passes the filter price < 0"
    with pytest.raises(FilterError):
        shop.recommender.recommend(asked("MUS-DRU-001", where="price <"))


def test_what_isnt_liked_never_comes_and_what_looks_like_it_moves_down(shop: Collection) -> None:
    before = skus(shop.recommender.recommend(asked("FAS-WSH-001", k=225)))
    found = shop.recommender.recommend(asked("FAS-WSH-001", unlike=("FAS-WSH-002",), k=225))
    after = skus(found)
    assert "FAS-WSH-002" not in after
    alike = shop.recommender.similar(SimilarTo("FAS-WSH-002", k=4)).hits
    moved = [after.index(hit.sku) - before.index(hit.sku) for hit in alike if hit.sku in after]
    assert sum(moved) > 0
    liked = shop.recommender.recommend(asked(like=("MUS-DRU-001",)))
    assert set(skus(liked)[:4]) == set(MUSIC[1:])


def test_old_events_fade_beside_new_ones(shop: Collection) -> None:
    old = [view(sku, 200) for sku in ("FAS-WSH-001", "FAS-WSH-002")]
    history = (*old, view("MUS-DRU-001"), view("MUS-KEY-001"))
    found = shop.recommender.recommend(ForShopper(history=history, at=NOW, k=5))
    assert set(found.interests[0].skus) == {"MUS-DRU-001", "MUS-KEY-001"}
    assert found.interests[0].share > 0.99
    bought = (Event(EventKind.PURCHASE, "FAS-WSH-001", NOW), view("MUS-DRU-001"))
    kinds = shop.recommender.recommend(ForShopper(history=bought, at=NOW, interests=1))
    assert set(kinds.interests[0].skus) == {"FAS-WSH-001", "MUS-DRU-001"}


def test_boosts_and_diversity_change_the_order(shop: Collection) -> None:
    plain = skus(shop.recommender.recommend(asked("MUS-DRU-001", k=20)))
    boost = (parse_boost("1 sku:GRO-*"),)
    boosted = shop.recommender.recommend(asked("MUS-DRU-001", k=20, boosts=boost))
    assert sum(sku.startswith("GRO") for sku in skus(boosted)) > sum(
        sku.startswith("GRO") for sku in plain
    )
    diverse = skus(shop.recommender.recommend(asked("MUS-DRU-001", k=20, diversity=1.0)))
    assert diverse != plain
    images = {one.product.sku: one.embeddings.mean(0) for one in shop.export(embeddings=True)}

    def likeness(found: list[str]) -> float:
        return float(
            np.mean([images[a] @ images[b] for a, b in itertools.combinations(found[:10], 2)])
        )

    assert likeness(diverse) < likeness(plain)


def test_without_a_single_event_looks_and_kind_decide(quiet: Collection) -> None:
    found = quiet.recommender.recommend(asked("FAS-WSH-001", k=5))
    assert {one.basis for one in found.hits} <= {Basis.LOOKS, Basis.KIND}
    assert found.hits[0].because == ("FAS-WSH-001",)
    assert found.hits[0].hit.product.category[0] == "Fashion"
    nothing = quiet.recommender.recommend(ForShopper(k=3))
    assert [one.basis for one in nothing.hits] == [Basis.NEWEST] * 3


def test_a_product_without_events_is_found_by_its_looks(shop: Collection) -> None:
    # Nobody has met any bag but these; the others come right after them.
    found = shop.recommender.recommend(asked("FAS-BAG-001", "FAS-BAG-002", k=8))
    assert {"FAS-BAG-003", "FAS-BAG-004"} & set(skus(found))


def test_what_nobody_has_met_comes_among_the_first_ten_of_a_shop_with_events(
    quiet: Collection,
) -> None:
    # Nine shoppers have met all of fashion but one new bag, the way they met the other bags.
    new = "FAS-BAG-003"
    fashion = [one.product.sku for one in quiet.export() if one.product.sku.startswith("FAS")]
    events = [
        view(sku, days_ago=1 + number, user=f"u-{number}", session=f"s-{number}")
        for number in range(9)
        for sku in fashion
        if sku != new
    ]
    recommend = quiet.recommender.given(behaviour=Behaviour.of([as_columns(events)])).recommend
    bags = ("FAS-BAG-001", "FAS-BAG-002")
    found = recommend(asked(*bags, k=10, fresh=0.1))
    assert skus(found)[9] == new
    assert found.hits[9].basis in {Basis.LOOKS, Basis.KIND}
    assert set(found.hits[9].because) <= set(bags)
    # It takes the place of one, and of nothing before.
    without = skus(recommend(asked(*bags, k=10)))
    assert new not in without
    assert skus(found)[:9] == without[:9]
    assert skus(recommend(asked(*bags, k=9, fresh=0.1))) == without[:9]
    more = skus(recommend(asked(*bags, k=10, fresh=0.5)))
    assert more[1] == new
    assert sum(sku in fashion and sku != new for sku in more) == 5


@given(
    st.lists(st.booleans(), min_size=1, max_size=30),
    st.integers(1, 30),
    st.floats(0, 1),
    st.randoms(use_true_random=False),
)
def test_unmet_products_have_their_share_of_every_beginning(
    is_unmet: list[bool], k: int, share: float, random: Random
) -> None:
    order = [*range(len(is_unmet))]
    random.shuffle(order)
    places = order[:k]
    found = with_unmet(places, order, is_unmet, share)
    assert len(found) == len(set(found)) == len(places)
    for size in range(1, len(found) + 1):
        unmet = sum(is_unmet[one] for one in found[:size])
        assert unmet >= min(floor(share * size), sum(is_unmet))
    # Neither those that are met nor the others change places among themselves.
    for kind in (True, False):
        some = [one for one in found if is_unmet[one] is kind]
        assert some == [one for one in order if is_unmet[one] is kind][: len(some)]
    assert with_unmet(places, order, is_unmet, 0.0) == places


@pytest.fixture
def small(tmp_path: Path) -> Collection:
    return Collection.create(tmp_path / "small", settings=Settings(device="cpu"))


def test_a_catalogue_of_none_and_of_one(
    small: Collection, quiet: Collection, copy_sample: Callable[[], Path]
) -> None:
    with small:
        recommender = small.recommender
        for found in (
            recommender.recommend(ForShopper()),
            recommender.recommend(asked("X")),
            recommender.popular(Popular()),
        ):
            assert found.hits == ()
            assert found.why_nothing == "the collection has no product"
        picture = quiet.image(quiet.stored_product("FAS-BAG-001").images[0].content_hash)
        small.put([ProductChange(Product("ONE"), (picture,))])
        assert skus(recommender.recommend(ForShopper())) == ["ONE"]
        assert skus(recommender.popular(Popular())) == ["ONE"]
        met = recommender.recommend(asked("ONE"))
        assert met.hits == ()
        assert met.why_nothing == "the shopper has met every product"
        assert skus(recommender.recommend(asked("ONE", seen=True))) == ["ONE"]
        assert recommender.similar(SimilarTo("ONE")).hits == ()
        assert recommender.complete(GoesWith(("ONE",))).hits == ()
        # One without a picture is there as well, and can be recommended.
        small.put([ProductChange(Product("BARE"), ())])
        assert skus(recommender.recommend(asked("ONE"))) == ["BARE"]
        assert skus(recommender.recommend(asked("BARE"))) == ["ONE"]
        # What fills an answer up is held to the same: no copy of what has been met.
        small.put([ProductChange(Product("COPY"), (picture,))])
        assert skus(recommender.recommend(asked("ONE"))) == ["BARE"]
        assert set(skus(recommender.recommend(asked("ONE", seen=True)))) == {"ONE", "BARE", "COPY"}
        # One basket says little, but no more than a style is claimed where there is none.
        basket = [Event(EventKind.BASKET, sku, NOW, session_id="b") for sku in ("ONE", "BARE")]
        small.events.add(basket)
        taught = recommender.given(behaviour=Behaviour.of(small.events.read()))
        (found,) = taught.complete(GoesWith(("ONE",))).hits
        assert (found.hit.sku, found.basis, found.because) == ("BARE", Basis.TOGETHER, ("ONE",))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"k": 0}, "k = 0"),
        ({"interests": 0}, "interests = 0"),
        ({"interests": 11}, "interests = 11"),
        ({"half_life_days": 0}, "half_life_days = 0"),
        ({"fresh": 1.5}, "fresh = 1.5"),
        ({"diversity": 1.5}, "diversity = 1.5"),
        ({"at": NOW.replace(tzinfo=None)}, "no time zone"),
        ({"like": ("A",) * 1_001}, "1001 products and events"),
    ],
)
def test_what_cant_be_asked_is_named(options: dict[str, object], named: str) -> None:
    with pytest.raises(QueryError, match=named):
        ForShopper(**options)  # type: ignore[arg-type]


def test_what_happened_after_the_moment_asked_about_counts_as_just_now(shop: Collection) -> None:
    later = (view("MUS-DRU-001", -30), view("MUS-KEY-001", -30))
    at = NOW - timedelta(days=1)
    found = shop.recommender.recommend(ForShopper(history=later, at=at, k=3))
    assert set(skus(found)) == set(MUSIC[2:])

"""Cutting events in time: what is asked, what is known, and that nothing of the future is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from vsearch.errors import EvaluationError
from vsearch.events.columns import EventColumns
from vsearch.events.event import Event, EventKind
from vsearch.recommender_evaluation.cases import split_baskets, split_shoppers
from vsearch.recommender_evaluation.event_columns import as_columns, joined, taken
from vsearch.recommender_evaluation.gallery import Gallery

START = datetime(2026, 3, 1, tzinfo=UTC)


def small(*skus: str, groups: dict[str, str] | None = None) -> Gallery:
    """Products without pictures, each of a category of its own."""
    names = [(groups or {}).get(sku, sku) for sku in skus]
    numbers = np.array([sorted(set(names)).index(name) for name in names], np.int64)
    own = np.arange(len(skus))
    return Gallery(skus, numbers, own, own, np.zeros((len(skus), 4), np.float32))


def log(*lines: str) -> list[EventColumns]:
    """``user sku`` or ``user sku kind`` for each hour; ``-name`` for a session without a user."""
    events = []
    for hour, line in enumerate(lines):
        who, sku, *kind = line.split()
        user = "" if who.startswith("-") else who
        session = who if not user else f"{user}-{hour // 24}"
        at = START + timedelta(hours=hour)
        events.append(Event(EventKind(*kind or ["view"]), sku, at, user, session))
    return [as_columns(events)]


def test_the_last_new_product_after_the_cut_is_asked_for() -> None:
    pages = log("ann a", "bob a", "ann b", "bob b", "ann c", "bob c", "ann d", "ann a", "ann d")
    split = split_shoppers(pages, small(*"abcd"), test_share=0.5)
    assert split.cut == START + timedelta(hours=4)
    assert [*split.training.skus] == ["a", "a", "b", "b"]
    ann, bob = split.cases
    assert (ann.name, ann.target, ann.at) == ("ann", "d", START + timedelta(hours=6))
    # What she did after the cut and before that product is known; that she came back isn't.
    assert [event.sku for event in ann.history] == ["a", "b", "c"]
    assert (bob.target, [event.sku for event in bob.history]) == ("c", ["a", "b"])


def test_what_was_met_before_isnt_new_nor_are_its_variants() -> None:
    pages = log("ann red", "ann b", "ann c", "ann b", "ann blue", "ann red")
    gallery = small("red", "blue", "b", "c", groups={"red": "vase", "blue": "vase"})
    (case,) = split_shoppers(pages, gallery, test_share=0.7).cases
    assert (case.target, [event.sku for event in case.history]) == ("c", ["red", "b"])


def test_a_session_without_a_user_is_a_shopper_and_nobody_is_none() -> None:
    pages = log("ann a", "ann b", "-s1 a", "-s1 b", "-s2 c")
    pages[0] = taken(pages[0], np.arange(5))
    split = split_shoppers(pages, small(*"abc"), test_share=0.6)
    assert [case.name for case in split.cases] == ["-s1 (session)", "-s2 (session)"]
    assert split.cases[1].history == ()
    nobody = as_columns([Event(EventKind.VIEW, "a", START), Event(EventKind.VIEW, "b", START)])
    with pytest.raises(EvaluationError):
        split_shoppers([nobody], small("a", "b"), test_share=0.5)


def test_products_that_have_left_are_kept_in_histories_and_asked_for_nowhere() -> None:
    pages = log("ann a", "ann gone", "ann b", "ann gone2")
    (case,) = split_shoppers(pages, small("a", "b"), test_share=0.5).cases
    assert (case.target, [event.sku for event in case.history]) == ("b", ["a", "gone"])


def test_only_what_was_bought_is_asked_for_on_request() -> None:
    pages = log("ann a", "ann b", "ann c", "ann d", "ann c purchase", "ann e")
    gallery = small(*"abcde")
    (case,) = split_shoppers(pages, gallery, test_share=0.7, kinds=("purchase",)).cases
    # From the moment at which it was first seen.
    assert (case.target, [event.sku for event in case.history]) == ("c", ["a", "b"])


def test_one_product_of_each_new_basket_is_left_out() -> None:
    lines = ["ann a basket"] * 24  # A day's, of one product.
    lines += ["bob a basket", "bob b basket", "bob a purchase", "bob c view", "eve d basket"]
    split = split_baskets(log(*lines), small(*"abcd"), test_share=0.2)
    (case,) = split.cases
    assert {case.target, *(event.sku for event in case.history)} == {"a", "b"}


def test_a_basket_that_was_begun_before_the_cut_is_no_case() -> None:
    lines = ["bob a basket", "bob b basket", "bob a purchase", "bob b purchase"]
    with pytest.raises(EvaluationError, match="no basket"):
        split_baskets(log(*lines), small("a", "b"), test_share=0.5)


def test_nothing_of_the_future_is_known(pages: list[EventColumns], gallery: Gallery) -> None:
    events = joined(pages)
    for split in (
        split_shoppers(pages, gallery, test_share=0.25),
        split_baskets(pages, gallery, test_share=0.25),
    ):
        cut = np.datetime64(split.cut.replace(tzinfo=None))
        assert (split.training.at < cut).all()
        assert len(split.training) == (events.at < cut).sum()
        assert len(split.cases) > 20
        assert len({case.name for case in split.cases}) == len(split.cases)
        for case in split.cases:
            assert case.at >= split.cut
            assert all(event.at is not None and event.at <= case.at for event in case.history)
            met = gallery.rows(event.sku for event in case.history)
            assert not gallery.with_variants(met)[gallery.row_of[case.target]]


def test_what_others_do_after_the_cut_changes_nothing(
    pages: list[EventColumns], gallery: Gallery
) -> None:
    split = split_shoppers(pages, gallery, test_share=0.2)
    names = {case.name for case in split.cases[:5]}
    events = pages[0]
    is_others = np.array([user not in names for user in events.user_ids])
    is_others &= events.at >= np.datetime64(split.cut.replace(tzinfo=None))
    assert is_others.any()
    skus = tuple(
        gallery.skus[0] if other else sku for other, sku in zip(is_others, events.skus, strict=True)
    )
    changed = split_shoppers([replace(events, skus=skus)], gallery, test_share=0.2)
    assert changed.training.skus == split.training.skus
    assert [case for case in changed.cases if case.name in names] == list(split.cases[:5])


def test_the_order_of_storing_doesnt_count(pages: list[EventColumns], gallery: Gallery) -> None:
    events = joined(pages)
    shuffled = taken(events, np.random.default_rng(0).permutation(len(events)))
    halves = [taken(shuffled, part) for part in np.array_split(np.arange(len(events)), 2)]
    one, other = (split_shoppers(each, gallery, test_share=0.2) for each in (pages, halves))
    assert {case.name: case.target for case in one.cases} == {
        case.name: case.target for case in other.cases
    }


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0])
def test_a_share_out_of_range(share: float) -> None:
    with pytest.raises(EvaluationError, match="test share"):
        split_shoppers(log("ann a", "ann b"), small("a", "b"), test_share=share)


@pytest.mark.parametrize("pages", [[], log("ann a")])
def test_too_few_events(pages: list[EventColumns]) -> None:
    with pytest.raises(EvaluationError, match=r"[01] events: too few"):
        split_shoppers(pages, small("a"), test_share=0.5)
    with pytest.raises(EvaluationError, match=r"[01] events: too few"):
        split_baskets(pages, small("a"), test_share=0.5)

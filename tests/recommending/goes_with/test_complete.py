"""What goes with products of the sample catalogue, before and after something was learned."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from vsearch import Collection, Product, Settings
from vsearch.behaviour.behaviour import Behaviour
from vsearch.cli.app import app
from vsearch.errors import CollectionDamaged, TrainingError
from vsearch.events.event import Event, EventKind
from vsearch.indexing.changes import ProductChange
from vsearch.layout import Layout
from vsearch.recommending.asked import GoesWith
from vsearch.recommending.goes_with.file import model_file, read_model, write_model
from vsearch.recommending.recommended import Basis
from vsearch.searching.boost import parse_boost

BAG = "FAS-BAG-002"
CALLING, CALLED = "Bags & Luggage", "Toy Vehicles"
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def collection(sample_collection: Path) -> Iterator[Collection]:
    """Nothing was learned, no event is known."""
    with Collection.open(sample_collection, settings=Settings(device="cpu")) as opened:
        yield opened


def baskets_of(collection: Collection, number: int) -> list[Event]:
    """A bag and a toy vehicle, or any two other things."""
    random = np.random.default_rng(3)
    products = [one.product for one in collection.export()]
    bags = [one.sku for one in products if CALLING in one.category]
    toys = [one.sku for one in products if CALLED in one.category]
    others = [one.sku for one in products if one.sku not in {*bags, *toys}]
    events = []
    for basket in range(number):
        pair = (random.choice(bags), random.choice(toys))
        if basket % 3 == 0:
            pair = tuple(random.choice(others, 2, replace=False))
        at = START + timedelta(hours=basket)
        events += [Event(EventKind.BASKET, str(sku), at, session_id=f"s{basket}") for sku in pair]
    return events


@pytest.fixture(scope="module")
def taught(copy_sample: Callable[[], Path]) -> tuple[Path, dict]:
    """A collection that has learned from 150 baskets by the command, and what that printed."""
    folder = copy_sample()
    with Collection.open(folder, settings=Settings(device="cpu")) as opened:
        opened.events.add(baskets_of(opened, 150))
    told = CliRunner().invoke(
        app, ["recommend", "learn", "-c", str(folder), "--json", "--no-refit"]
    )
    assert told.exit_code == 0, told.output
    return folder, json.loads(told.stdout)


def test_without_events_it_is_the_same_style_of_other_categories(collection: Collection) -> None:
    found = collection.recommender.complete(GoesWith((BAG,), k=12))
    asking = collection.product(BAG)
    assert len(found.hits) == 12
    assert {one.basis for one in found.hits} == {Basis.STYLE}
    assert all(one.because == (BAG,) for one in found.hits)
    categories = [one.hit.product.category for one in found.hits]
    assert asking.category not in categories
    assert max(categories.count(one) for one in categories) <= 3
    scores = [one.hit.score for one in found.hits]
    assert scores[0] == 1.0
    assert [one.hit.rank for one in found.hits] == [*range(1, 13)]


def test_what_is_learned_is_answered(taught: tuple[Path, dict]) -> None:
    folder, told = taught
    figures = {one["way"]: one for one in told["judged"]}
    assert told["baskets"] == 150
    assert figures["learned"]["gain"] is None
    assert figures["popular"]["gain"]["low"] > 0
    with Collection.open(folder, settings=Settings(device="cpu")) as opened:
        asking = next(one.product.sku for one in opened.export() if CALLING in one.product.category)
        found = opened.recommender.complete(GoesWith((asking,), k=8))
        categories = [one.hit.product.category[-1] for one in found.hits]
        assert categories.count(CALLED) >= 7
        assert {one.basis for one in found.hits} <= {Basis.LEARNED, Basis.TOGETHER}
        assert opened.recommender.why_not_learned() is None
        # With no other knowledge than none, the rule is all there is.
        blank = opened.recommender.given(behaviour=Behaviour.empty())
        bases = {one.basis for one in blank.complete(GoesWith((asking,))).hits}
        assert bases == {Basis.STYLE}


def test_baskets_count_without_a_model(taught: tuple[Path, dict], tmp_path: Path) -> None:
    folder, _ = taught
    with Collection.open(folder, settings=Settings(device="cpu")) as opened:
        behaviour = opened.recommender._behaviour()
        asking = next(one.product.sku for one in opened.export() if CALLING in one.product.category)
        found = opened.recommender.given(behaviour=behaviour).complete(GoesWith((asking,), k=5))
        assert found.hits[0].basis is Basis.TOGETHER
        assert CALLED in found.hits[0].hit.product.category


def test_filter_stock_and_categories_hold(collection: Collection) -> None:
    asked = GoesWith((BAG,), k=20, where="price < 10", in_stock=True, each_category=1)
    found = collection.recommender.complete(asked)
    assert found.hits
    categories = [one.hit.product.category for one in found.hits]
    assert len({*categories}) == len(categories)
    assert all(one.hit.product.price < 10 for one in found.hits)
    assert all(one.hit.product.availability == "in_stock" for one in found.hits)


def test_a_narrow_filter_is_found_however_far_behind(collection: Collection) -> None:
    wide = collection.recommender.complete(GoesWith((BAG,), k=220))
    last = wide.hits[-1].hit.sku
    narrow = collection.recommender.complete(GoesWith((BAG,), where=f'sku = "{last}"'))
    assert [one.hit.sku for one in narrow.hits] == [last]


def test_boosts_change_the_order(collection: Collection) -> None:
    boost = parse_boost('1 brand="Aldermoss"')
    found = collection.recommender.complete(GoesWith((BAG,), boosts=(boost,), k=4))
    assert {one.hit.product.brand for one in found.hits} == {"Aldermoss"}


def test_several_products_ask_and_none_of_them_is_answered(collection: Collection) -> None:
    skus = (BAG, "SPO-FIT-006", BAG, "gone")
    found = collection.recommender.complete(GoesWith(skus, k=30))
    assert found.unknown == ("gone",)
    answered = {one.hit.product.category for one in found.hits}
    asking = {collection.product(sku).category for sku in skus[:2]}
    assert not answered & asking
    assert {sku for one in found.hits for sku in one.because} == {BAG, "SPO-FIT-006"}


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (GoesWith(("gone", "too")), "the collection has none of the products that ask"),
        (
            GoesWith((BAG,), where="price > 100000"),
            "nothing that goes with it passes the filter price > 100000",
        ),
    ],
)
def test_no_answer_has_its_reason(collection: Collection, asked: GoesWith, reason: str) -> None:
    found = collection.recommender.complete(asked)
    assert (found.hits, found.why_nothing) == ((), reason)


def test_a_catalogue_of_one_product_and_one_without_categories(tmp_path: Path) -> None:
    settings = Settings(device="cpu", encoder="test_vit", weights="random:0")
    with Collection.create(tmp_path / "c", settings=settings) as small:
        small.put([ProductChange(Product("one", "One"))])
        alone = small.recommender.complete(GoesWith(("one",)))
        assert alone.why_nothing == "the collection has no other product"
        small.put([ProductChange(Product("two", "Two"))])
        bare = small.recommender.complete(GoesWith(("one",)))
        assert bare.why_nothing == "it has no picture, and nothing was learned from baskets"


def test_too_few_baskets_say_how_many_are_needed(collection: Collection) -> None:
    with pytest.raises(TrainingError, match=r"0 baskets .* at least 50 are needed"):
        collection.recommender.learn([])


def test_a_model_of_another_encoder_is_not_used(taught: tuple[Path, dict], copy_sample) -> None:
    model = read_model(Layout(taught[0]))
    assert model is not None
    layout = Layout(copy_sample())
    write_model(layout, replace(model, encoder="f" * 32))
    with Collection.open(layout.folder, settings=Settings(device="cpu")) as opened:
        found = opened.recommender.complete(GoesWith((BAG,)))
        assert {one.basis for one in found.hits} == {Basis.STYLE}
        why = opened.recommender.why_not_learned() or ""
        assert "another encoder [ffffffffffff]" in why
        assert "vsearch recommend learn" in why
        # A file that was cut short doesn't end the answers either.
        model_file(layout).write_bytes(model_file(layout).read_bytes()[:500])
        assert opened.recommender.complete(GoesWith((BAG,))).hits
        assert "not a model of what goes with what" in (opened.recommender.why_not_learned() or "")
    with pytest.raises(CollectionDamaged, match="learn again"):
        read_model(layout)
    write_model(layout, replace(model, encoder="e"))
    whole = model_file(layout).read_bytes()
    start, end = whole.index(b'\\"matching\\": {'), whole.index(b', \\"trust')
    other = b'\\"matching\\": []'.ljust(end - start)
    model_file(layout).write_bytes(whole[:start] + other + whole[end:])
    with pytest.raises(CollectionDamaged, match="learn again"):
        read_model(layout)


def test_a_model_is_read_as_it_was_written(taught: tuple[Path, dict], tmp_path: Path) -> None:
    model = read_model(Layout(taught[0]))
    assert model is not None
    write_model(Layout(tmp_path), model)
    again = read_model(Layout(tmp_path))
    assert again is not None
    assert (again.matching, again.trust, again.record) == (
        model.matching,
        model.trust,
        model.record,
    )
    np.testing.assert_array_equal(again.asking, model.asking)


def test_products_that_are_put_later_are_answered(copy_sample: Callable[[], Path]) -> None:
    folder = copy_sample()
    with Collection.open(folder, settings=Settings(device="cpu")) as opened:
        best = opened.recommender.complete(GoesWith((BAG,), k=1)).hits[0].hit
        opened.remove([best.sku])
        without = opened.recommender.complete(GoesWith((BAG,), k=5))
        assert best.sku not in {one.hit.sku for one in without.hits}
        opened.put(
            [ProductChange(replace(best.product, sku="new"), (Path(best.image).read_bytes(),))]
        )
        found = opened.recommender.complete(GoesWith((BAG,), k=5))
        assert "new" in {one.hit.sku for one in found.hits}


def test_a_large_catalogue_is_worked_out_anew_beside_the_answers(
    copy_sample: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsearch.recommending.goes_with.standing._AT_ONCE", 0)
    with Collection.open(copy_sample(), settings=Settings(device="cpu")) as opened:
        best = opened.recommender.complete(GoesWith((BAG,), k=1)).hits[0].hit
        picture = Path(best.image).read_bytes()
        opened.put([ProductChange(replace(best.product, sku="new"), (picture,))])
        # One that asks is there at once; the others come when they have been worked out.
        assert opened.recommender.complete(GoesWith(("new",), k=1)).hits
        opened.remove([best.sku])
        end = time.monotonic() + 30
        while time.monotonic() < end:
            found = opened.recommender.complete(GoesWith((BAG,), k=10))
            assert best.sku not in {one.hit.sku for one in found.hits}
            if len(found.hits) == 10:
                break
            time.sleep(0.05)
        assert len(found.hits) == 10

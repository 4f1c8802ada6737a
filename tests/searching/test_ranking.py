"""Mixtures, item groups, pages, near-identical listings and diversity, on drawn embeddings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from vsearch import Collection, Example, Grouping, Query, Settings
from vsearch.catalog.product import Product
from vsearch.searching.collapse import collapse
from vsearch.searching.result import Hit
from vsearch.searching.search import find_products

Draw = Callable[..., np.ndarray]
KINDS = ("exact", "hnsw", "ivf")


def unit(*numbers: float) -> np.ndarray:
    row = np.zeros(8, np.float32)
    row[: len(numbers)] = numbers
    return row / np.linalg.norm(row)


EMBEDDINGS = {
    "red-shoe": unit(1, 0.2),
    "red-bag": unit(0.8, 0, 0.6),
    "blue-shoe": unit(0, 0.2, 0, 1),
    "blue-bag": unit(0, 0, 0.6, 0.8),
    "green-hat": unit(0, 0, 0, 0, 1),
    "red-shoe-again": unit(1, 0.21),
}


def product(name: str) -> str:
    return name.upper()


@pytest.fixture
def collection(make_shop) -> Iterator[Collection]:
    shop = make_shop(
        {product(name): [f"{name}/0.jpg"] for name in EMBEDDINGS} | {"BARE": []},
        EMBEDDINGS,
        {product(name): {"item_group": "shoe"} for name in ("red-shoe", "blue-shoe")},
    )
    shop.publish()
    with Collection.open(shop.layout.folder, settings=Settings()) as opened:
        yield opened


def skus(collection: Collection, **asked: object) -> list[str]:
    return [hit.sku for hit in collection.search(Query(**asked)).hits]


def like(*names: str, weight: float = 1.0) -> tuple[Example, ...]:
    return tuple(Example(sku=product(name), weight=weight) for name in names)


def test_a_mixture_asks_with_the_weighted_mean(collection: Collection) -> None:
    query = Query(like=(*like("red-bag", weight=3), *like("blue-shoe")))
    hits = collection.search(query).hits
    mean = 3 * EMBEDDINGS["red-bag"] + EMBEDDINGS["blue-shoe"]
    mean /= np.linalg.norm(mean)
    expected = {product(name): float(mean @ row) for name, row in EMBEDDINGS.items()}
    assert {hit.sku: pytest.approx(hit.score, abs=1e-6) for hit in hits} == {
        sku: score for sku, score in expected.items() if sku not in ("RED-BAG", "BLUE-SHOE")
    }


def test_weight_decides_which_way_a_mixture_leans(collection: Collection) -> None:
    red = (*like("red-shoe", weight=5), *like("blue-bag"))
    blue = (*like("red-shoe"), *like("blue-bag", weight=5))
    assert skus(collection, like=red)[0] == "RED-SHOE-AGAIN"
    assert skus(collection, like=blue, k=1) == ["BLUE-SHOE"]


def test_one_example_of_any_weight_is_the_example(collection: Collection) -> None:
    assert skus(collection, like=like("red-shoe", weight=0.1)) == skus(collection, sku="RED-SHOE")


@pytest.mark.parametrize("most", [1e300, 1e-300])
def test_only_how_weights_compare_counts(collection: Collection, most: float) -> None:
    one = (*like("red-bag", weight=3), *like("blue-shoe"))
    same = (*like("red-bag", weight=most), *like("blue-shoe", weight=most / 3))
    assert skus(collection, like=same) == skus(collection, like=one)


def test_what_is_unliked_goes_down_and_is_no_answer(collection: Collection) -> None:
    def scores(**asked: object) -> dict[str, float]:
        return {hit.sku: hit.score for hit in collection.search(Query(**asked)).hits}

    plain = scores(sku="RED-BAG")
    less_red = scores(sku="RED-BAG", unlike=like("red-shoe"))
    assert next(iter(plain)) == "RED-SHOE"
    assert "RED-SHOE" not in less_red
    lead = plain["RED-SHOE-AGAIN"] - plain["BLUE-BAG"]
    assert less_red["RED-SHOE-AGAIN"] - less_red["BLUE-BAG"] < lead / 2


def test_a_product_without_images_adds_nothing_to_a_mixture(collection: Collection) -> None:
    alone = collection.search(Query(sku="RED-SHOE")).hits
    mixed = collection.search(Query(sku="RED-SHOE", like=(Example(sku="BARE"),))).hits
    assert [(hit.sku, round(hit.score, 5)) for hit in mixed] == [
        (hit.sku, round(hit.score, 5)) for hit in alone
    ]
    assert skus(collection, like=(Example(sku="BARE"), Example(sku="BARE"))) == []


def test_item_groups_come_once_and_leave_out_who_asks(collection: Collection) -> None:
    assert skus(collection, sku="GREEN-HAT", group=Grouping.ITEM_GROUP).count("RED-SHOE") == 1
    grouped = skus(collection, sku="RED-BAG", group=Grouping.ITEM_GROUP)
    assert grouped == ["RED-SHOE", "RED-SHOE-AGAIN", "BLUE-BAG", "GREEN-HAT"]
    # A shoe that asks is a variant of the other one.
    assert "BLUE-SHOE" not in skus(collection, sku="RED-SHOE", group=Grouping.ITEM_GROUP)


def test_pages_put_together_are_the_whole(collection: Collection) -> None:
    every = collection.search(Query(sku="RED-BAG", k=10)).hits
    paged = [
        hit
        for offset in range(0, 6, 2)
        for hit in collection.search(Query(sku="RED-BAG", k=2, offset=offset)).hits
    ]
    assert paged == list(every)
    assert [hit.rank for hit in paged] == [1, 2, 3, 4, 5]
    assert skus(collection, sku="RED-BAG", offset=50) == []


def test_near_identical_listings_become_one_hit(collection: Collection) -> None:
    hits = collection.search(Query(sku="RED-BAG", collapse=True)).hits
    assert [hit.sku for hit in hits] == ["RED-SHOE", "BLUE-BAG", "BLUE-SHOE", "GREEN-HAT"]
    assert hits[0].also == ("RED-SHOE-AGAIN",)
    assert all(not hit.also for hit in hits[1:])


def test_diversity_puts_repeats_behind_what_is_new(collection: Collection) -> None:
    plain = skus(collection, sku="RED-BAG")
    varied = skus(collection, sku="RED-BAG", diversity=0.5)
    assert sorted(varied) == sorted(plain)
    assert varied[0] == plain[0] == "RED-SHOE"
    assert plain[1] == "RED-SHOE-AGAIN"
    assert varied[1] == "BLUE-BAG"


@pytest.mark.parametrize(
    "settings",
    [
        {"collapse": True},
        {"diversity": 0.4},
        {"collapse": True, "diversity": 0.4},
        {"group": Grouping.ITEM_GROUP, "diversity": 0.7},
    ],
)
def test_pages_agree_whatever_orders_them(make_shop, drawn: Draw, settings: dict) -> None:
    rows = drawn(700, dim=16)
    rows[1::7] = rows[::7]  # Every seventh is listed twice.
    names = [f"p{number}" for number in range(len(rows))]
    groups = {product(n): {"item_group": f"g{i // 3}"} for i, n in enumerate(names) if i % 5 == 0}
    shop = make_shop(
        {product(name): [f"{name}/0.jpg"] for name in names},
        dict(zip(names, rows, strict=True)),
        groups,
    )
    shop.publish()
    with Collection.open(shop.layout.folder, settings=Settings()) as opened:
        every = skus(opened, sku="P3", k=450, **settings)
        pages = [skus(opened, sku="P3", k=50, offset=at, **settings) for at in range(0, 450, 50)]
    assert [sku for page in pages for sku in page] == every
    assert len(set(every)) == len(every) == 450


@pytest.mark.parametrize("kind", KINDS)
def test_by_group_every_group_comes_once_with_its_best_view(shop, indexes, kind: str) -> None:
    """Against brute force: here no product has a group, so that products and groups are one."""
    photo = next(iter(shop.embeddings.values()))[None]
    with shop.connect() as connection:
        by_product = find_products(connection, indexes[kind], photo, 40)
        by_group = find_products(connection, indexes[kind], photo, 40, group=Grouping.ITEM_GROUP)
    assert by_group == by_product


def test_a_shared_placeholder_does_not_hide_other_groups(make_shop, drawn: Draw) -> None:
    """One picture shown by 50 variants of one thing and by three other products."""
    (placeholder,) = drawn(1)
    images = {f"V{n:02d}": ["placeholder/0.jpg"] for n in range(50)}
    images |= {f"OTHER{n}": ["placeholder/0.jpg"] for n in range(3)}
    facts = {f"V{n:02d}": {"item_group": "one"} for n in range(50)}
    shop = make_shop(images, {"placeholder": placeholder}, facts)
    with shop.connect() as connection:
        hits = find_products(
            connection, shop.build("exact"), placeholder[None], 4, group=Grouping.ITEM_GROUP
        )
    assert [hit.sku for hit in hits] == ["V00", "OTHER0", "OTHER1", "OTHER2"]


def test_by_words_as_many_groups_come_as_there_are(make_shop) -> None:
    names = [f"{group}{number}" for group in "abc" for number in range(8)]
    shop = make_shop(
        {name: [] for name in names},
        {},
        {name: {"item_group": name[0], "title": "a shoe"} for name in names},
    )
    shop.publish()
    with Collection.open(shop.layout.folder, settings=Settings()) as opened:
        assert skus(opened, words="shoe", k=2, group=Grouping.ITEM_GROUP) == ["a0", "b0"]
        assert skus(opened, words="shoe", k=9, group=Grouping.ITEM_GROUP) == ["a0", "b0", "c0"]
        # It has no picture to ask with, but asked it has.
        assert "a0" not in skus(opened, sku="a0", words="shoe", k=24)


def test_collapsing_many_hits_is_collapsing_them_one_by_one() -> None:
    random = np.random.default_rng(5)
    rows = random.standard_normal((700, 3)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    hits = [Hit(n, 1.0, Product(f"S{n}"), "", n, "x", n) for n in range(1, 701)]
    kept: list[int] = []
    also: dict[int, list[str]] = {}
    for place, row in enumerate(rows):
        likeness = [float(rows[one] @ row) for one in kept]
        if likeness and max(likeness) >= 0.97:
            also[kept[int(np.argmax(likeness))]].append(hits[place].sku)
        else:
            kept.append(place)
            also[place] = []
    found = collapse(hits, rows, 0.97)
    assert {hit.sku: list(hit.also) for hit in found} == {
        hits[place].sku: also[place] for place in kept
    }

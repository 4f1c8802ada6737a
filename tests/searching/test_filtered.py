"""Filters, words and boosts in a search, against brute force over the whole catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update

from vsearch import Availability, Collection, FilterError, Product, Query, QueryError, Settings
from vsearch.catalog import product_store, schema
from vsearch.catalog.revision import count_changes
from vsearch.searching.boost import Boost, Fresh, High, Holds
from vsearch.searching.boosting import boosted
from vsearch.searching.result import Hit

Draw = Callable[..., np.ndarray]
KINDS = ("exact", "hnsw", "ivf")
COLOURS = ("red", "green", "blue", "grey")
WORDS = ("cotton shirt", "woollen shirt", "leather belt", "silk scarf")


def facts_of(number: int) -> dict[str, Any]:
    return {
        "title": f"{WORDS[number % 4]} {number}",
        "category": ("Clothes", "Shirts" if number % 4 < 2 else "Accessories"),
        "price": Decimal(number),
        "currency": "EUR",
        "availability": Availability.IN_STOCK if number % 3 else Availability.OUT_OF_STOCK,
        "attributes": {"colour": COLOURS[number // 100 % 4], "sold": number % 50},
    }


def shop_of(shop_class, folder: Path, drawn: Draw, size: int = 800):
    """Half of the products show a picture of their own, half share one with the next."""
    rows = drawn(size, dim=16, seed=4)
    names = [f"P{number:03d}" for number in range(size)]
    return shop_class(
        folder,
        {
            name: [f"c{n if n % 2 else n - n % 4}/0.jpg", f"side{n}/0.jpg"]
            for n, name in enumerate(names)
        },
        {f"c{n}": row for n, row in enumerate(rows)}
        | {f"side{n}": row for n, row in enumerate(drawn(size, dim=16, seed=5))},
        16,
        {name: facts_of(n) for n, name in enumerate(names)},
    )


@contextmanager
def opened_shop(shop_class, folder: Path, drawn: Draw, kind: str) -> Iterator[Any]:
    shop = shop_of(shop_class, folder, drawn)
    shop.publish(kind)
    with Collection.open(folder, settings=Settings()) as opened:
        yield shop, opened, kind


@pytest.fixture(scope="module", params=KINDS)
def stocked(request, shop_class, drawn: Draw, tmp_path_factory) -> Iterator[Any]:
    """A shop that tests only read."""
    with opened_shop(shop_class, tmp_path_factory.mktemp("shop"), drawn, request.param) as opened:
        yield opened


@pytest.fixture(params=KINDS)
def changing(request, shop_class, drawn: Draw, tmp_path: Path) -> Iterator[Any]:
    """A shop that the test writes to."""
    with opened_shop(shop_class, tmp_path, drawn, request.param) as opened:
        yield opened


FILTERS: dict[str, Callable[[dict[str, Any]], bool]] = {
    'attr.colour = "red"': lambda facts: facts["attributes"]["colour"] == "red",
    "price < 400 AND available": lambda facts: (
        facts["price"] < 400 and facts["availability"] is Availability.IN_STOCK
    ),
    "price BETWEEN 20 AND 22": lambda facts: 20 <= facts["price"] <= 22,
    "price = 777": lambda facts: facts["price"] == 777,
    "price > 5000": lambda facts: False,
    "category:Clothes/*": lambda facts: True,
}


@pytest.mark.parametrize("where", FILTERS)
def test_finds_what_brute_force_finds_among_what_passes(stocked, where: str) -> None:
    shop, collection, _ = stocked
    passing = {f"P{n:03d}" for n in range(len(shop.images)) if FILTERS[where](facts_of(n))}
    true = {sku: s for sku, s in shop.true_scores(_views(shop, "P001")).items() if sku in passing}
    true.pop("P001", None)
    hits = collection.search(Query(sku="P001", where=where, k=10)).hits
    assert {hit.sku for hit in hits} <= passing
    assert len(hits) == min(10, len(true))
    best = sorted(true.values(), reverse=True)[:10]
    found = sum(true[hit.sku] >= best[-1] - 1e-3 for hit in hits)
    assert found >= 0.9 * len(best)


def _views(shop, sku: str) -> np.ndarray:
    return np.array([shop.embeddings[one.partition("/")[0]] for one in shop.images[sku]])


def test_every_product_that_passes_comes_where_enough_are_asked(stocked) -> None:
    _, collection, _ = stocked
    hits = collection.search(Query(sku="P001", where='attr.colour="red"', k=1_000)).hits
    passing = {f"P{n:03d}" for n in range(800) if COLOURS[n // 100 % 4] == "red"} - {"P001"}
    assert {hit.sku for hit in hits} == passing
    assert len(hits) == len(passing)


def test_a_shared_picture_shows_only_who_passes(stocked) -> None:
    """P000, P002 share c0 with each other; a filter for one never shows the other."""
    _, collection, _ = stocked
    (hit,) = collection.search(Query(sku="P000", where="sku = P002", k=5)).hits
    assert hit.sku == "P002"
    assert hit.score == pytest.approx(1, abs=1e-3)


def test_a_filter_sees_what_a_writer_has_changed_since(changing) -> None:
    shop, collection, _ = changing
    query = Query(sku="P001", where="price < 3", k=10)
    assert {hit.sku for hit in collection.search(query).hits} == {"P000", "P002"}
    with shop._engine() as engine:
        count_changes(engine)
        with engine.begin() as connection:
            connection.execute(
                update(schema.products)
                .where(schema.products.c.sku == "P500")
                .values(price=Decimal(1))
            )
    assert {hit.sku for hit in collection.search(query).hits} == {"P000", "P002", "P500"}
    with shop._engine() as engine:
        count_changes(engine)
        with engine.begin() as connection:
            product_store.remove(connection, ["P000"])
    assert {hit.sku for hit in collection.search(query).hits} == {"P002", "P500"}


def test_a_filter_that_cannot_be_read_says_where(stocked) -> None:
    _, collection, _ = stocked
    with pytest.raises(FilterError, match="did you mean price"):
        collection.search(Query(sku="P001", where="prise < 3"))
    with pytest.raises(FilterError):
        collection.search(Query(sku="P001", boosts=(Boost(0.1, Holds("attr.nothing = 1")),)))


def test_words_alone_need_no_picture(stocked) -> None:
    _, collection, _ = stocked
    hits = collection.search(Query(words="silk scarf", k=1_000)).hits
    assert {hit.sku for hit in hits if hit.score > 0.5} == {f"P{n:03d}" for n in range(3, 800, 4)}
    assert hits[0].score == 1
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert collection.search(Query(words="nobody sells this")).hits == ()
    narrow = collection.search(Query(words="silk scarf", where="price < 10")).hits
    assert {hit.sku for hit in narrow} == {"P003", "P007"}


def test_words_move_what_has_them_up(stocked) -> None:
    _, collection, _ = stocked
    plain = [hit.sku for hit in collection.search(Query(sku="P001", k=40)).hits]
    hits = collection.search(Query(sku="P001", words="silk scarf", k=40)).hits
    fused = [hit.sku for hit in hits]
    silk = {f"P{n:03d}" for n in range(3, 800, 4)}
    assert len(silk.intersection(fused)) > len(silk.intersection(plain))
    assert "P001" not in fused
    # A product that words alone have found shows its own likeness, not a place's.
    scores = {hit.sku: hit.score for hit in collection.search(Query(sku="P001", k=799)).hits}
    assert all(hit.score == pytest.approx(scores[hit.sku], abs=1e-3) for hit in hits)


def test_pages_of_words_and_pictures_agree(stocked) -> None:
    _, collection, _ = stocked
    asked = {"sku": "P001", "words": "silk scarf"}
    every = [hit.sku for hit in collection.search(Query(**asked, k=60)).hits]
    pages = [collection.search(Query(**asked, k=20, offset=at)).hits for at in (0, 20, 40)]
    assert [hit.sku for page in pages for hit in page] == every


@pytest.mark.parametrize("offset", [0, 30])
def test_boosts_order_the_whole_catalogue(stocked, offset: int) -> None:
    """Against brute force: no product that a boost lifts into the page is missed."""
    shop, collection, kind = stocked
    boosts = (Boost(0.3, Holds("available")), Boost(0.4, High("attr.sold", 10)))
    true = shop.true_scores(_views(shop, "P001"), without="P001")
    worth = {
        sku: score + 0.3 * (n % 3 > 0) + 0.4 * (n % 50) / (n % 50 + 10)
        for n, (sku, score) in ((int(sku[1:]), (sku, score)) for sku, score in true.items())
    }
    hits = collection.search(Query(sku="P001", boosts=boosts, k=20, offset=offset)).hits
    best = sorted(worth.values(), reverse=True)[offset : offset + 20]
    tolerance = 1e-3 if kind == "ivf" else 1e-5
    assert [hit.score + hit.boost for hit in hits] == pytest.approx(best, abs=tolerance)


def test_facets_count_among_the_nearest(stocked) -> None:
    _, collection, _ = stocked
    result = collection.search(Query(sku="P001", where="price < 100", k=5, facets=("category",)))
    counts = {one.value: one.count for one in result.facets["category"]}
    assert counts["Clothes"] == 99  # All that pass but the one that asks.
    assert sum(counts.values()) == 2 * 99


def test_confidence_without_a_calibration_is_refused(stocked) -> None:
    _, collection, _ = stocked
    hit = collection.search(Query(sku="P001")).hits[0]
    assert hit.confidence is None
    with pytest.raises(QueryError, match="has no calibration"):
        collection.search(Query(sku="P001", min_confidence=0.5))
    with pytest.raises(QueryError, match="no thing that a hit could be"):
        collection.search(Query(words="silk", min_confidence=0.5))


def test_what_is_new_counts_by_its_age(stocked) -> None:
    shop, _, _ = stocked
    now = datetime.now(UTC) + timedelta(days=30)
    with shop.connect() as connection:
        ids = connection.execute(select(schema.products.c.id).limit(3)).scalars().all()
        hits = [Hit(1, 0.5, Product(sku=str(i)), "", 0, "", product_id=i) for i in ids]
        for hit in boosted(connection, hits, [Boost(0.2, Fresh(30))], now):
            assert hit.boost == pytest.approx(0.1, abs=1e-3)


def test_a_number_that_is_none_counts_nothing(stocked) -> None:
    shop, _, _ = stocked
    values = {"12": 12 / 22, "": 0, "twelve": 0, "-3": 0, "inf": 0, "nan": 0, "1e999": 0}
    hits = [
        Hit(1, 0.5, Product(sku=f"S{text}", attributes={"sold": text}), "", 0, "", product_id=n)
        for n, text in enumerate(values)
    ]
    hits.append(Hit(1, 0.5, Product(sku="yes", attributes={"sold": True}), "", 0, "", product_id=9))
    with shop.connect() as connection:
        found = boosted(connection, hits, [Boost(0.5, High("attr.sold", 10))])
    got = {hit.sku: hit.boost for hit in found}
    assert got == {f"S{t}": pytest.approx(v / 2) for t, v in values.items()} | {"yes": 0}

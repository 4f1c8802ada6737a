"""Every kind of query gives the same with the catalogue in PostgreSQL as in SQLite."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PIL import Image

from vsearch import Box, Collection, Example, Query, Settings, VsearchError
from vsearch.layout import Layout
from vsearch.searching.boost import parse_boost
from vsearch.searching.query import Grouping
from vsearch.searching.result import Hit, Result

CATALOG = Path(__file__).parents[2] / "catalog"
PHOTO = CATALOG / "queries" / "running-shoe-1f45f.png"
ALL = 300
"""More than the sample catalogue has products."""


class Both(NamedTuple):
    """The sample catalogue in both kinds of database."""

    sqlite: Collection
    postgresql: Collection


@pytest.fixture(scope="module")
def both(
    trained: Collection,
    new_postgresql: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("postgresql") / "collection"
    # The same embeddings to the last bit, and nothing has to be encoded.
    for part in ("embeddings", "calibration"):
        shutil.copytree(trained.folder / part, folder / part)
    settings = Settings(device="cpu", database_url=new_postgresql())
    summary = Collection.index_into(folder, CATALOG, settings=settings)
    assert (summary.images.encoded, summary.images.reused) == (0, 254)
    assert not Layout(folder).database.exists()
    with Collection.open(folder, settings=settings) as opened:
        yield Both(trained, opened)


def shown(hit: Hit) -> dict[str, Any]:
    """What a hit tells that doesn't depend on ids and on when it was indexed."""
    return {
        "rank": hit.rank,
        "product": hit.product,
        "image": hit.image,
        "content": hit.content_hash,
        "also": hit.also,
        "score": pytest.approx(hit.score, abs=1e-6),
        "confidence": pytest.approx(hit.confidence, abs=1e-6),
        # One was indexed a few seconds before the other.
        "boost": pytest.approx(hit.boost, abs=1e-4),
    }


def told(result: Result) -> dict[str, Any]:
    """All that an answer tells."""
    return {
        "hits": [shown(hit) for hit in result.hits],
        "nothing_alike": result.nothing_alike,
        "categories": [
            (one.path, pytest.approx(one.probability, abs=1e-6)) for one in result.categories
        ],
        "facets": {field: list(values) for field, values in result.facets.items()},
        "regions": [
            (region.box, region.nothing_alike, [shown(hit) for hit in region.hits])
            for region in result.regions
        ],
    }


def assert_same(both: Both, query: Query) -> Result:
    """Ask both, and return what they agree on."""
    answer, other = both.sqlite.search(query), both.postgresql.search(query)
    assert told(other) == told(answer)
    return answer


@pytest.mark.parametrize(
    "where",
    [
        "",
        "brand = quillmere",
        'brand NOT IN ("Quillmere", Ohmira)',
        "title:*pages",
        r'title:"14\""',
        'description:"%"',
        "category:fashion/shoes/*",
        'category = "Fashion > Shoes > Women\'s Shoes"',
        "category:*toys*",
        "NOT price < 10",
        "price NOT BETWEEN 10 AND 20",
        "availability IN (preorder, backorder)",
        "attr.colour = RED",
        "attr.weight_g >= 1000",
        "attr.age_from IS EMPTY",
        "item_group IS EMPTY AND url IS NOT EMPTY",
        "added >= 2020-01-01 AND NOT updated < 2020-01-01",
        '(category:"Books & Stationery" OR category:toys*) AND attr.colour = blue',
    ],
)
def test_filters_select_the_same(both: Both, where: str) -> None:
    assert assert_same(both, Query(image=PHOTO, where=where, k=ALL)).hits or "%" in where


@pytest.mark.parametrize("where", ["price = cheap", "attr.color = red", "sku > a", "'" * 3])
def test_faults_are_told_the_same(both: Both, where: str) -> None:
    messages = []
    for collection in both:
        with pytest.raises(VsearchError) as refused:
            collection.search(Query(image=PHOTO, where=where))
        messages.append(str(refused.value))
    assert messages[0] == messages[1]


@pytest.mark.parametrize(
    "options",
    [
        {"box": Box(0.1, 0.1, 0.6, 0.6)},
        {"unlike": (Example(sku="FAS-CSH-003"),)},
        {"like": (Example(sku="GRO-APL-001", weight=0.4),)},
        {"group": Grouping.ITEM_GROUP},
        {"collapse": True},
        {"diversity": 0.5},
        {"offset": 100, "k": 50},
        {"min_confidence": 0.05},
        {"boosts": (parse_boost("0.05 available"),)},
        {"boosts": (parse_boost('-0.1 brand="Nordvale" AND price > 20'),)},
        {"boosts": (parse_boost("0.1 high(price, 20)"),)},
        {"boosts": (parse_boost("0.1 high(attr.weight_g, 500)"),)},
        {"boosts": (parse_boost("0.05 fresh(30)"),)},
        {
            "boosts": (parse_boost("0.05 available"), parse_boost("0.1 high(price, 20)")),
            "where": "price > 3",
            "collapse": True,
            "diversity": 0.3,
            "offset": 30,
            "k": 40,
        },
    ],
    ids=lambda options: "+".join(options),
)
def test_options_give_the_same(both: Both, options: dict[str, Any]) -> None:
    assert assert_same(both, Query(**{"image": PHOTO, "k": ALL, **options})).hits


def test_products_ask_the_same(both: Both) -> None:
    for group in Grouping:
        assert assert_same(both, Query(sku="GRO-APL-001", group=group, k=ALL)).hits


def test_pages_put_together_are_one_long_page(both: Both) -> None:
    boosts = (parse_boost("0.1 high(price, 20)"),)
    for collection in both:
        pages = [
            collection.search(Query(image=PHOTO, boosts=boosts, k=40, offset=offset)).hits
            for offset in range(0, ALL, 40)
        ]
        whole = collection.search(Query(image=PHOTO, boosts=boosts, k=ALL)).hits
        assert [hit.sku for page in pages for hit in page] == [hit.sku for hit in whole]


@pytest.mark.parametrize("where", ["", "category:fashion"])
def test_facets_count_the_same(both: Both, where: str) -> None:
    texts = ("brand", "availability", "currency", "title", "item_group", "attr.colour")
    fields = (*texts, "category", "price", "attr.weight_g", "attr.age_from")
    facets = assert_same(both, Query(image=PHOTO, where=where, facets=fields)).facets
    assert all(facets[field] for field in ("brand", "category", "price", "attr.colour"))


@pytest.mark.parametrize("where", ["", "price < 200"])
@pytest.mark.parametrize(
    "words", ["leather", "red journal", "WOMEN'S shoe", "gre", "wooden toy bird", "16 GB", "& | !"]
)
def test_words_find_the_same_if_in_another_order(both: Both, words: str, where: str) -> None:
    found = []
    for collection in both:
        hits = collection.search(Query(words=words, where=where, k=ALL)).hits
        assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
        assert all(a.score >= b.score for a, b in pairwise(hits))
        found.append({hit.sku: (hit.product, hit.image, hit.content_hash) for hit in hits})
    assert found[0] == found[1]
    assert bool(found[0]) == (words != "& | !")


@pytest.mark.parametrize("words", ["leather", "red journal"])
def test_words_beside_a_photo_leave_its_scores(both: Both, words: str) -> None:
    answers = [
        {hit.sku: shown(hit) | {"rank": None} for hit in collection.search(query).hits}
        for query in [Query(image=PHOTO, words=words, k=ALL)]
        for collection in both
    ]
    assert len(answers[0]) == 229
    assert answers[1] == answers[0]


def test_things_in_a_scene_are_the_same(both: Both) -> None:
    scene = Image.new("RGB", (600, 300), "white")
    for place, name in enumerate(("red-apple-1f34e.png", "running-shoe-1f45f.png")):
        with Image.open(CATALOG / "queries" / name) as thing:
            picture = thing.convert("RGBA").resize((200, 200))
        scene.paste(picture, (50 + 300 * place, 50), picture)
    assert len(assert_same(both, Query(image=scene, regions=4, k=5)).regions) == 2


def test_removed_products_are_gone_and_come_back(both: Both) -> None:
    collection = both.postgresql
    assert collection.remove(["FAS-CSH-001"]).removed == ("FAS-CSH-001",)
    best = both.sqlite.search(Query(image=PHOTO, k=2)).hits
    assert [hit.sku for hit in collection.query(image=PHOTO, k=1)] == [best[1].sku]
    words = Query(words="cushioned running shoe", k=1)
    assert collection.search(words).hits[0].sku != "FAS-CSH-001"
    summary = collection.index(CATALOG)
    assert (summary.products.added, summary.images.encoded) == (1, 0)
    assert collection.search(words).hits[0].sku == "FAS-CSH-001"
    assert collection.query(image=PHOTO, k=1)[0].sku == "FAS-CSH-001"

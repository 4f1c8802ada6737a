from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from vsearch.catalog import product_store
from vsearch.catalog.filters import parse_filter
from vsearch.catalog.product import Product
from vsearch.catalog.words import search_words

SHOES = Product(
    "SHOES",
    title="Running shoes, waterproof",
    brand="Töpfer & Söhne",
    category=("Fashion", "Shoes"),
    description="For the street. See shop.example/care.",
)
LACES = Product("LACES", title="Laces", brand="Knot", description="For shoes and boots.")
BOOTS = Product("BOOTS", title="Boots", brand="Knot", category=("Fashion", "Shoes"))
MUG = Product("MUG", title="Mug 0.3-l, café-au-lait", brand="Shoes", description="red")
TEA = Product("TEA", title="ЧАЙ зелёный", brand="ΕΛΛΆΔΑ", description="½ kg ﬁne 日本茶")
MANY = tuple(
    Product(f"M{number}", title="Plate", description="white and round") for number in range(20)
)

Find = Callable[..., list[str]]


@pytest.fixture
def find(shop, connection: Connection) -> Find:
    shop.write(shop.run(), SHOES, LACES, BOOTS, MUG, TEA, *MANY)

    def find(text: str, limit: int = 10, where: str | None = None) -> list[str]:
        condition = None if where is None else parse_filter(where).condition(connection)
        found = search_words(connection, text, limit, condition)
        scores = [score for _, score in found]
        assert scores == sorted(scores, reverse=True)
        assert len(found) == len({product_id for product_id, _ in found}) <= limit
        loaded = product_store.load(connection, [product_id for product_id, _ in found])
        return [loaded[product_id].sku for product_id, _ in found]

    return find


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # A word counts most in a title and least in a description.
        ("shoes", "SHOES {BOOTS MUG} LACES"),
        ("SHOES", "SHOES {BOOTS MUG} LACES"),
        ("runn", "SHOES"),
        # All words before some of them.
        ("running sho", "SHOES {BOOTS MUG} LACES"),
        ("run shoes", "SHOES {BOOTS MUG} LACES"),
        ("knot", "{LACES BOOTS}"),
        ("knot laces", "LACES BOOTS"),
        ("knot fashion", "BOOTS {LACES SHOES}"),
        ("topfer", "SHOES"),
        ("TÖPFER", "SHOES"),
        ("To\u0308pfer", "SHOES"),
        ("cafe-au-lait", "MUG"),
        ("café", "MUG"),
        ("care", "SHOES"),
        ("shop.example/care", "SHOES"),
        ("0.3", "MUG"),
        ("чай", "TEA"),
        ("ЗЕЛЁНЫЙ", "TEA"),
        ("ελλάδα", "TEA"),
        ("日本茶", "TEA"),
        ("", ""),
        ("  ", ""),
        ("&", ""),
        ("xyzzy", ""),
        ("r", ""),
        ("r mug", "MUG"),
    ],
)
def test_words_find_products(find: Find, text: str, found: str) -> None:
    """In curly brackets, what may come in any order: the databases weigh texts differently."""
    skus = find(text)
    for one in re.findall(r"{[^}]*}|\S+", found):
        group = set(one.strip("{}").split())
        assert set(skus[: len(group)]) == group
        skus = skus[len(group) :]
    assert skus == []


def test_products_with_all_words_come_first_and_score_above_one(
    find: Find, connection: Connection
) -> None:
    scores = [score for _, score in search_words(connection, "knot fashion", 10)]
    assert [score > 1 for score in scores] == [True, False, False]
    assert all(0 < score < 2 for score in scores)


def test_no_more_than_asked(find: Find) -> None:
    assert len(find("plate", 7)) == 7
    assert find("shoes", 1) == ["SHOES"]
    assert find("knot fashion", 1) == ["BOOTS"]
    assert find("shoes", 0) == []


def test_equal_products_come_in_the_order_they_were_added(find: Find) -> None:
    assert find("plate", 5) == ["M0", "M1", "M2", "M3", "M4"]


def test_a_filter_leaves_out(find: Find) -> None:
    assert find("shoes", where="brand = knot") == ["BOOTS", "LACES"]
    assert find("knot fashion", where="sku = boots") == ["BOOTS"]
    assert find("plate", 50, where="sku IN (M3, M17) OR brand = knot") == ["M3", "M17"]


def test_words_follow_every_change(find: Find, shop, connection: Connection) -> None:
    run = shop.run()
    changed = Product("LACES", title="Ribbons", brand="Knot")
    shop.write(run, SHOES, changed)
    assert find("laces") == []
    assert find("ribbons") == ["LACES"]
    assert find("running") == ["SHOES"]
    product_store.remove(connection, ["LACES", "SHOES"])
    assert find("ribbons") == []
    assert find("running") == []
    assert find("knot") == ["BOOTS"]


def test_very_long_texts(shop, connection: Connection) -> None:
    words = " ".join(f"word{number}" for number in range(60_000))
    one = "x" * 200_000
    shop.write(
        shop.run(),
        Product("LONG", title="Long", description=words),
        Product("ONE", title=f"word17 {one}", description=one),
    )
    assert len(search_words(connection, "word17 long", 5)) == 2
    assert len(search_words(connection, words, 5)) == 2
    assert search_words(connection, "y" * 100_000, 5) == []


@pytest.mark.parametrize(
    "text",
    [
        *('"', "'", '" OR "', "shoes*", "title:shoes", "NEAR(shoes, boots)", "-shoes", "^shoes"),
        *("shoes AND", "NOT shoes", "shoes & boots", "shoes | !boots", "shoes <-> boots", ":*"),
        *("'); DROP TABLE products; --", "%s %(a)s :a ?", "\x00", "shoes\x00", "\ud800", "\\"),
        *("🥾", "日本語", "ﬁ", "\u0301", "_", "a" * 10_000, "'" * 5_000, "{shoes}", "shoes:B"),
    ],
)
def test_nothing_in_the_text_has_a_meaning(find: Find, text: str) -> None:
    plain = "".join(c if c.isalnum() and c.isascii() else " " for c in text)
    if text.isascii():
        assert find(text) == find(plain)
    else:
        find(text)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=st.text(max_size=40) | st.text("shoe\"'*:&|!<>-()^ ", max_size=20))
def test_any_text_is_answered(find: Find, text: str) -> None:
    find(text)

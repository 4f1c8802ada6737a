"""What a query may ask, and what it is told when it may not."""

from __future__ import annotations

import pytest

from vsearch import Boost, Box, Example, Query, QueryError
from vsearch.searching.boost import Fresh, High, Holds, parse_boost


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "nothing to look for"),
        ({"words": "  "}, "nothing to look for"),
        ({"unlike": (Example(sku="A"),)}, "not to be like is not enough"),
        ({"unlike": (Example(sku="A"),), "words": "shoe"}, "give one beside the words"),
        ({"sku": "A", "k": 0}, "k = 0: ask for 1 to 10000"),
        ({"sku": "A", "k": 10_001}, "k = 10001"),
        ({"sku": "A", "offset": -1}, "offset = -1"),
        ({"sku": "A", "offset": 9_991}, "reach 10000 at most"),
        ({"sku": "A", "diversity": 1.5}, "diversity = 1.5"),
        ({"sku": "A", "diversity": float("nan")}, "diversity = nan"),
        ({"sku": "A", "min_confidence": -0.1}, "min_confidence = -0.1"),
        ({"image": "a.jpg", "regions": 11}, "regions = 11"),
        ({"sku": "A", "regions": 2}, "regions are looked for in one whole image"),
        ({"image": "a.jpg", "box": Box(0, 0, 0.5, 0.5), "regions": 2}, "one whole image"),
        ({"sku": "A", "box": Box(0, 0, 1, 1)}, "a box is a part of an image"),
        ({"like": tuple(Example(sku="A") for _ in range(101))}, "101 examples; 100 at most"),
    ],
)
def test_what_cannot_be_asked_is_told(asked: dict, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        Query(**asked)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "exactly one of the three"),
        ({"image": "a.jpg", "sku": "A"}, "exactly one of the three"),
        ({"sku": "A", "box": Box(0, 0, 1, 1)}, "this example has none"),
        ({"sku": "A", "weight": 0}, "weight 0: give a number above 0"),
        ({"sku": "A", "weight": -1}, "goes among the unlike ones"),
        ({"sku": "A", "weight": float("inf")}, "weight inf"),
    ],
)
def test_what_is_no_example_is_told(given: dict, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        Example(**given)


def test_the_short_forms_are_examples() -> None:
    box = Box(0, 0, 0.5, 0.5)
    more = Example(sku="B", weight=0.5)
    query = Query(image="a.jpg", box=box, sku="A", text="red", like=(more,))
    assert query.examples == (
        Example(image="a.jpg", box=box),
        Example(sku="A"),
        Example(text="red"),
        more,
    )


@pytest.mark.parametrize(
    ("text", "boost"),
    [
        ("0.05 available", Boost(0.05, Holds("available"))),
        ("-0.2*availability=out_of_stock", Boost(-0.2, Holds("availability=out_of_stock"))),
        (' .1  brand="A, B" ', Boost(0.1, Holds('brand="A, B"'))),
        ("0.1 high(attr.sold, 200)", Boost(0.1, High("attr.sold", 200))),
        ("0.1 * high( price,10 )", Boost(0.1, High("price", 10))),
        ("5e-2 fresh(30)", Boost(0.05, Fresh(30))),
    ],
)
def test_boosts_are_read(text: str, boost: Boost) -> None:
    assert parse_boost(text) == boost


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "write a weight and what it is for"),
        ("available", "write a weight"),
        ("0.1", "write a weight"),
        ("0.1.2 available", "write a weight"),
        ("0.1 high(title, 3)", "write a weight"),
        ("0.1 high(price)", "write a weight"),
        ("0.1 fresh(soon)", "write a weight"),
        ("0 available", "isn't 0"),
        ("1.5 available", "from -1 to 1"),
        ("0.1 fresh(0)", "days is above 0"),
        ("0.1 high(price, -3)", "half is above 0"),
    ],
)
def test_what_is_no_boost_is_told_how_to_write_one(text: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        parse_boost(text)

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from vsearch.catalog.feeds import Feed, FeedItem, Listed, Rejection, Withdrawn
from vsearch.catalog.feeds.text_lines import MAX_ROW_CHARS
from vsearch.catalog.product import Availability, Product
from vsearch.errors import FeedError

Read = Callable[..., list[FeedItem]]

CHAIR = {
    "sku": 7,
    "title": "Chair",
    "category": ["Home", "TV/Video"],
    "price": 12.5,
    "currency": "EUR",
    "availability": True,
    "images": ["a.jpg", "a.jpg", "https://cdn.example/b.jpg"],
    "attributes": {"colour": "red", "sizes": ["S", "M"], "seats": 1, "nothing": None},
    "attr.legs": 4,
    "vegan": False,
    "note": None,
}


def test_an_object_a_line(products: Callable[..., list[Product]]) -> None:
    assert products(f"{json.dumps(CHAIR)}\n\n", "feed.jsonl") == [
        Product(
            sku="7",
            title="Chair",
            category=("Home", "TV/Video"),
            price=Decimal("12.5"),
            currency="EUR",
            availability=Availability.IN_STOCK,
            images=("a.jpg", "https://cdn.example/b.jpg"),
            attributes={
                "colour": "red",
                "sizes": ("S", "M"),
                "seats": 1,
                "legs": 4,
                "vegan": False,
            },
        )
    ]


@pytest.mark.parametrize(
    ("line", "field", "problem"),
    [
        ("[1, 2]", "row", "a JSON object is expected, not a list"),
        ("17", "row", "a JSON object is expected"),
        ('{"sku": "A"', "row", "not JSON"),
        ('{"sku": "A", "price": NaN}', "row", "NaN is not a JSON number"),
        ('{"sku": "A", "price": 1e999}', "price", "not a price"),
        ('{"sku": "A", "weight": 1e999}', "weight", "not a number"),
        ('{"sku": ' + "9" * 5000 + "}", "row", "not JSON"),
        ("{" + '"a":{' * 100_000, "row", "not JSON"),
        ('{"title": "no key"}', "sku", "--map KEY=sku"),
        ('{"sku": ["A"]}', "sku", "a text is expected"),
        (r'{"sku": "A", "title": "\ud800"}', "title", "can't be stored"),
        (r'{"sku": "A", "title": "\u0000"}', "title", "can't be stored"),
        ('{"sku": "A", "title": {"en": "Lamp"}}', "title", "a text is expected"),
        ('{"sku": "A", "images": {"src": "a.jpg"}}', "images", "not the place of a picture"),
        ('{"sku": "' + "A" * MAX_ROW_CHARS + '"}', "row", "longer than 1 Mi characters"),
    ],
)
def test_a_bad_line_is_rejected_and_the_next_is_read(
    read: Read, line: str, field: str, problem: str
) -> None:
    _, bad, after = read(f'{{"sku": "X"}}\n{line}\n{{"sku": "Y"}}\n', "feed.jsonl")
    assert isinstance(bad, Rejection)
    assert (bad.row, bad.field) == (2, field)
    assert problem in bad.problem
    bad.raw.encode("utf-8")
    assert isinstance(json.loads(bad.raw), dict)
    assert after == Listed(3, Product(sku="Y"))


def test_mapping_and_keys_that_differ_from_line_to_line(
    open_written: Callable[..., Feed],
) -> None:
    feed = open_written(
        '{"code": "A", "farbe": "rot"}\n{"farbe": "blau", "code": "B", "title": "b"}\n',
        "feed.jsonl",
        mapping={"code": "sku", "farbe": "attr.colour", "groesse": "attr.size"},
    )
    assert [item.product for item in feed.read() if isinstance(item, Listed)] == [
        Product(sku="A", attributes={"colour": "rot"}),
        Product(sku="B", title="b", attributes={"colour": "blau"}),
    ]
    assert feed.notes == ('--map groesse=attr.size: no line has "groesse"',)


def test_a_mapping_to_no_field_is_refused_at_once(open_written: Callable[..., Feed]) -> None:
    with pytest.raises(FeedError, match="did you mean title"):
        open_written('{"code": "A"}', "feed.jsonl", mapping={"code": "titel"})


@pytest.mark.parametrize("content", ['{\n  "sku": "A"\n}\n', '[{"sku": "A"}]', "[\n{}\n]"])
def test_one_document_over_several_lines_is_refused_with_the_remedy(
    open_written: Callable[..., Feed], content: str
) -> None:
    with pytest.raises(FeedError, match="JSON Lines"):
        open_written(content, "feed.json")


def test_utf16(products: Callable[..., list[Product]]) -> None:
    data = '{"sku": "A", "title": "Söfa"}\r\n'.encode("utf-16")
    assert products(data, "feed.jsonl") == [Product(sku="A", title="Söfa")]


def test_changes(open_written: Callable[..., Feed]) -> None:
    lines = [
        {"operation": "ADD", "sku": "A", "title": "a"},
        {"operation": "delete", "sku": "B"},
        {"operation": "Upsert", "product": {"id": "C", "title": "c"}},
        {"operation": "UPDATE", "product": {"sku": "D"}},
        {"operation": "DELETE", "product": {"sku": 5}},
    ]
    feed = open_written("\n".join(map(json.dumps, lines)), "changes.jsonl")
    assert feed.format == "changes"
    assert list(feed.read()) == [
        Listed(1, Product(sku="A", title="a")),
        Withdrawn(2, "B"),
        Listed(3, Product(sku="C", title="c")),
        Listed(4, Product(sku="D")),
        Withdrawn(5, "5"),
    ]


@pytest.mark.parametrize(
    ("line", "field", "problem"),
    [
        ('{"operation": "MERGE", "sku": "A"}', "operation", '"MERGE" is neither ADD nor DELETE'),
        ('{"sku": "A"}', "operation", "neither ADD nor DELETE"),
        ('{"operation": "DELETE"}', "sku", "no sku"),
        ('{"operation": "DELETE", "sku": ""}', "sku", "empty"),
        ('{"operation": "ADD", "product": {"sku": "A", "price": "abc"}}', "price", "not a price"),
    ],
)
def test_bad_changes(read: Read, line: str, field: str, problem: str) -> None:
    (bad,) = read(line, "changes.jsonl", format="changes")
    assert isinstance(bad, Rejection)
    assert bad.field == field
    assert problem in bad.problem
    assert json.loads(bad.raw) == json.loads(line)

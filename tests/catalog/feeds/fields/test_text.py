from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsearch.catalog.feeds.fields.attributes import parse_attributes
from vsearch.catalog.feeds.fields.category import parse_category
from vsearch.catalog.feeds.fields.fault import FieldFault, quoted
from vsearch.catalog.feeds.fields.html_text import strip_html
from vsearch.catalog.feeds.fields.text import parse_page_url, parse_sku, parse_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  Lamp\t", "Lamp"),
        ("two\nlines", "two\nlines"),
        ("bell\x07rings", "bell rings"),
        ("naïve ☃\u00a0", "naïve ☃"),
        (None, ""),
        (42, "42"),
        (42.0, "42"),
        (4006381333931.0, "4006381333931"),
        (1.5, "1.5"),
        (Decimal("1.50"), "1.50"),
        (True, "true"),
    ],
)
def test_text(value: object, text: str) -> None:
    assert parse_text(value, "title") == text


@pytest.mark.parametrize("value", ["a\0b", "half \ud800 pair", ["Lamp"], {"en": "Lamp"}])
def test_text_that_cannot_be_stored_is_refused(value: object) -> None:
    with pytest.raises(FieldFault, match="title: "):
        parse_text(value, "title")


@pytest.mark.parametrize(
    ("value", "sku"), [(" A-1 ", "A-1"), (7, "7"), (7.0, "7"), ("ä" * 255,) * 2]
)
def test_sku(value: object, sku: str) -> None:
    assert parse_sku(value) == sku


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", "empty"),
        ("  ", "empty"),
        (None, "empty"),
        ("x" * 256, "256 characters"),
        ("a\nb", "control character"),
        ("a\tb", "control character"),
        ("a\0b", "control character"),
        ("a\x85b", "control character"),
        (True, "not a SKU"),
        ([], "a text is expected"),
    ],
)
def test_bad_skus_are_refused(value: object, problem: str) -> None:
    with pytest.raises(FieldFault, match=problem) as caught:
        parse_sku(value)
    assert caught.value.field == "sku"


@pytest.mark.parametrize("url", ["https://shop.example/p/1", "/p/1", "", "HTTP://x.example"])
def test_page_urls(url: str) -> None:
    assert parse_page_url(url) == url


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", " JavaScript:x"])
def test_a_page_url_that_would_run_something_is_refused(url: str) -> None:
    with pytest.raises(FieldFault, match="not a web address"):
        parse_page_url(url)


@pytest.mark.parametrize(
    ("cell", "path"),
    [
        ("Shoes > Sneakers", ("Shoes", "Sneakers")),
        ("Shoes>Sneakers > ", ("Shoes", "Sneakers")),
        ("Shoes/Sneakers", ("Shoes", "Sneakers")),
        ("TV/Video > Cables", ("TV/Video", "Cables")),
        ('["TV/Video"]', ("TV/Video",)),
        (["Shoes", " Sneakers "], ("Shoes", "Sneakers")),
        ("", ()),
        (None, ()),
        ("[Sale] Shoes", ("[Sale] Shoes",)),
    ],
)
def test_category(cell: object, path: tuple[str, ...]) -> None:
    assert parse_category(cell) == path


def test_attributes_keep_their_kind_and_lose_what_is_empty() -> None:
    given_pairs = [
        *[("colour", " red "), ("size", 42), ("weight", 1.5), ("vegan", True), ("none", None)],
        *[("blank", "  "), ("tags", ["a", "", "b"]), ("nothing", []), ("box", {"w": 1})],
        *[("cost", Decimal("1.50")), ("zero", 0)],
    ]
    assert parse_attributes(given_pairs) == {
        "colour": "red",
        "size": 42,
        "weight": 1.5,
        "vegan": True,
        "tags": ("a", "b"),
        "box": '{"w": 1}',
        "cost": "1.50",
        "zero": 0,
    }


def test_an_infinite_attribute_is_refused_by_name() -> None:
    with pytest.raises(FieldFault, match="weight: "):
        parse_attributes([("weight", float("inf"))])


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Warm &amp; <b>soft</b>.</p><p>Wool.</p>", "Warm & soft.\nWool."),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("a<br/>b<!-- <b>hidden</b> -->c", "a\nbc"),
        ("<style>p{}</style>x<script>if (a<b) alert('</p>')</script>y", "xy"),
        ("3 < 4 and 5 > 4", "3 < 4 and 5 > 4"),
        ("plain", "plain"),
        ("a <b", "a <b"),
        ("x<!-- never closed", "x<!-- never closed"),
    ],
)
def test_strip_html(html: str, text: str) -> None:
    assert strip_html(html) == text


@pytest.mark.parametrize("unit", ["<a ", "<!--", "<script>", "</", "<", "<![", "&", "<a x='"])
@pytest.mark.timeout(60)  # quadratic time would be many minutes
def test_malformed_html_takes_no_quadratic_time(unit: str) -> None:
    assert len(strip_html(unit * 300_000)) <= len(unit) * 300_000


@given(st.text())
def test_any_text_can_be_quoted_in_one_line(text: str) -> None:
    assert quoted(text).isprintable()
    quoted(text).encode("utf-8")

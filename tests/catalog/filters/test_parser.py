from __future__ import annotations

import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsearch.catalog.filters import Filter, parse_field, parse_filter
from vsearch.catalog.filters.syntax import (
    And,
    Below,
    Empty,
    Field,
    Matches,
    Not,
    OneOf,
    Or,
    Range,
)
from vsearch.errors import FilterError, QueryError

BRAND, CATEGORY, PRICE, ADDED = (Field(n) for n in ("brand", "category", "price", "added"))
IN_STOCK = OneOf(Field("availability"), ("in_stock",))


def attribute(name: str) -> Field:
    return Field(name, is_attribute=True)


def is_(value: str) -> OneOf:
    return OneOf(BRAND, (value,))


def in_category(*levels: str, **rest: bool) -> Below:
    return Below(CATEGORY, levels, **rest)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("brand=Acme", is_("Acme")),
        ("  BRAND  ==  'Acme & Co' ", is_("Acme & Co")),
        (r'brand = "3.5\" \\ \* disk"', is_('3.5" \\ * disk')),
        ("brand = AND AND brand = or", And((is_("AND"), is_("or")))),
        ("brand = 007", is_("007")),
        ("brand = it's", is_("it's")),
        ("brand = A*B", is_("A*B")),
        ("brand != A", Not(is_("A"))),
        ("brand <> A", Not(is_("A"))),
        ("brand IN (A, 'B', A)", OneOf(BRAND, ("A", "B"))),
        ("brand not in (A)", Not(is_("A"))),
        ("brand IS EMPTY", Empty(BRAND)),
        ("brand is not null", Not(Empty(BRAND))),
        ("brand:acm", Matches(BRAND, ("acm",))),
        ("brand:acm*", Matches(BRAND, ("acm", ""))),
        ("brand:*cm**e", Matches(BRAND, ("", "cm", "e"))),
        (r'brand:"5\* hotel*"', Matches(BRAND, ("5* hotel", ""))),
        ("brand:*", Not(Empty(BRAND))),
        ("url:https://shop.example/*", Matches(Field("url"), ("https://shop.example/", ""))),
        ("price<50", Range(PRICE, None, Decimal(50), with_high=False)),
        ("price >= 49.95", Range(PRICE, Decimal("49.95"))),
        ("price > -5", Range(PRICE, Decimal(-5), with_low=False)),
        ("price BETWEEN 1 AND 2", Range(PRICE, Decimal(1), Decimal(2))),
        ("price NOT BETWEEN 1 AND 2", Not(Range(PRICE, Decimal(1), Decimal(2)))),
        ("price = 5.00", OneOf(PRICE, (Decimal(5),))),
        ("added >= 2026-11-01", Range(ADDED, date(2026, 11, 1))),
        ("available", IN_STOCK),
        ("NOT Available", Not(IN_STOCK)),
        ("availability = 'In Stock'", IN_STOCK),
        ("attr.colour = red", OneOf(attribute("colour"), ("red",))),
        ('attr."odd \\"name" = red', OneOf(attribute('odd "name'), ("red",))),
        ("ATTR.a.b-c = red", OneOf(attribute("a.b-c"), ("red",))),
        ("attributes.größe = 42", OneOf(attribute("größe"), (Decimal(42),))),
        ("attr.size = '42'", OneOf(attribute("size"), (Decimal(42),))),
        ("attr.size = 042", OneOf(attribute("size"), ("042",))),
        ("attr.not = x", OneOf(attribute("not"), ("x",))),
        ("category:shoes", in_category("shoes")),
        ("category:shoes/*", in_category("shoes")),
        ("category:Home/Kitchen", in_category("Home", "Kitchen")),
        ("category:/Home/Kitchen/*", in_category("Home", "Kitchen", from_top=True)),
        ('category:" Home > TV/Audio "', in_category("Home", "TV/Audio")),
        (r'category:"TV\/Audio"', in_category("TV/Audio")),
        ('category:"Home > TV/*"', in_category("Home", "TV")),
        ("category:sho*", in_category("sho", open_end=True)),
        ("category:*oe*", in_category("oe", open_start=True, open_end=True)),
        ("category:*/mugs", in_category("mugs")),
        ("category:*", Not(Empty(CATEGORY))),
        ("category:/*", Not(Empty(CATEGORY))),
        ("category = Home/Kitchen", OneOf(CATEGORY, (("Home", "Kitchen"),))),
        ("category = ''", OneOf(CATEGORY, ((),))),
        ("brand=A AND brand=B AND brand=C", And((is_("A"), is_("B"), is_("C")))),
        ("(brand=A and (brand=B)) And brand=C", And((is_("A"), is_("B"), is_("C")))),
        ("brand=A OR brand=B AND brand=C", Or((is_("A"), And((is_("B"), is_("C")))))),
        ("NOT brand=A AND brand=B", And((Not(is_("A")), is_("B")))),
        ("not(brand=A or\n\tbrand=B)", Not(Or((is_("A"), is_("B"))))),
        ("NOT NOT brand=A", Not(Not(is_("A")))),
    ],
)
def test_what_a_filter_says(text: str, tree: object) -> None:
    parsed = parse_filter(text)
    assert parsed.tree == tree
    assert parse_filter(str(parsed)) == parsed


def test_the_normal_form() -> None:
    text = (
        "category:shoes/* AND (price<50 OR brand IN (A,'B')) AND attr.color='red'"
        ' AND NOT attr."odd name" is empty and available'
    )
    assert str(parse_filter(text)) == (
        'category:"shoes" AND (price < 50 OR brand IN ("A", "B")) AND attr.color = "red"'
        ' AND NOT attr."odd name" IS EMPTY AND availability = "in_stock"'
    )


@pytest.mark.parametrize(
    ("text", "under", "told"),
    [
        ("", "", "empty; write it like brand = Acme"),
        (" \n ", "", "empty"),
        ("colour = red", "colour", r'no field "colour".*An attribute is written attr\.NAME'),
        ("available AND prise < 5", "prise", r"did you mean price\?"),
        ("brand", "brand", '"brand" stands alone'),
        ("brand =", "", "breaks off; a value comes next"),
        ("brand = Acme Shoes", "Shoes", "AND or OR comes next; put.*into quotes"),
        ("brand = A, B", ",", "AND or OR comes next"),
        ("brand Acme", "Acme", "an operator comes next: ="),
        ("brand < 5", "brand", "brand has no order.*compare it with =, IN or :"),
        ("availability > in_stock", "availability", "no order.*compare it with =, IN\n"),
        ('price = "abc"', '"abc"', '"abc" is not a number; write it like 50'),
        ("price < 1.23456", "1.23456", "at most 4 decimal places"),
        ("price < 123456789012345", "123456789012345", "at most 14 digits"),
        ("price < 12345678901234567", "12345678901234567", "not a number.*15 digits"),
        ("price < 1e5", "1e5", "not a number"),
        ("price < \u0665", "\u0665", "not a number"),
        ("price:5", "price", "is no text that : could look into"),
        ("price BETWEEN 5 AND 1", "5", "nothing lies between 5 and 1"),
        ("price BETWEEN 5", "", "breaks off; AND comes next"),
        ("attr.size > big", "big", '"big" is not a number'),
        ("availability = instock", "instock", r"did you mean in_stock\?"),
        ("availability = gone", "gone", "write one of in_stock, out_of_stock"),
        ("availability:in_stock", "availability", "compare it with ="),
        ("added > yesterday", "yesterday", "write it like 2026-11-30"),
        ("added = 2026-02-30", "2026-02-30", "is none, write it like"),
        ("category:a/*b/c", "a/*b/c", r"\* can stand only at the very beginning and at the end"),
        ("category:/*b", "/*b", "only at the very beginning"),
        ("brand:" + "*a" * 11, "*a" * 11, "more than 10 wildcards"),
        ("attr. = 5", "=", "the name of an attribute comes next"),
        ('attr."" = 5', 'attr.""', "the attribute has no name"),
        ("brand IN A", "A", "a list in parentheses comes next"),
        ("brand IN ()", ")", "a value comes next"),
        ("brand IN (A B)", "B", r'a comma or "\)" comes next'),
        ("brand NOT A", "A", "IN or BETWEEN comes next"),
        ("brand IS A", "A", "EMPTY or NOT EMPTY comes next"),
        ("(brand = A", "", r'breaks off; AND, OR or "\)" comes next'),
        ("brand = A)", ")", r'no "\(" stands before this "\)"'),
        ("brand = A AND", "", "breaks off; a condition comes next"),
        ("AND brand = A", "AND", '"AND" can\'t stand here; a condition comes next'),
        ('brand = "A', '"', 'this quotation mark " is never closed'),
        ("brand = “A”", "“", 'is no quotation mark here; use "'),
        ('"brand" = A', '"brand"', "a text in quotes can't stand here; a condition"),
        ("brand = A && price < 5", "&&", "AND or OR comes next"),
        ("bra\0nd = A", "\0", r"the character U\+0000 can't stand here; remove it"),
        ("brand = \ud800", "\ud800", r"U\+D800 can't stand"),
        ("brand = A; DROP TABLE products", "DROP", "AND or OR comes next"),
        ("brand = A' OR '1'='1", "'1'", "a text in quotes can't stand here"),
    ],
)
def test_what_is_wrong_is_shown(text: str, under: str, told: str) -> None:
    with pytest.raises(FilterError, match=told) as refused:
        parse_filter(text)
    error = refused.value
    assert isinstance(error, QueryError)
    assert error.text == text
    assert text[error.position :].startswith(under)
    assert f"column {error.position + 1}:" in str(error)
    _, _, marks = str(error).splitlines()
    assert set(marks.strip()) == {"^"}
    assert len(marks.strip()) >= 1


def drawn(text: str) -> str:
    with pytest.raises(FilterError) as refused:
        parse_filter(text)
    return str(refused.value).split("\n", 1)[1]


def test_the_caret_stands_under_the_fault() -> None:
    assert drawn("available AND prise < 5") == ("  available AND prise < 5\n                ^^^^^")
    # Signs of East Asia take two columns, a combining accent none, a line break becomes a space.
    assert drawn("brand = 靴 AND\nbrand = e\u0301 AND prise < 5") == (
        "  brand = 靴 AND brand = e\u0301 AND prise < 5\n                               ^^^^^"
    )


def test_of_a_long_filter_the_part_around_the_fault_is_shown() -> None:
    text = " OR ".join(["brand = Acme"] * 100 + ["prise < 5"] + ["brand = Acme"] * 50)
    line, marks = drawn(text).splitlines()
    assert line.startswith("  …")
    assert line.endswith("…")
    assert len(line) < 80
    start = marks.index("^")
    assert line[start : start + len("prise")] == "prise"
    assert marks.count("^") == 5


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("brand = " + "x" * 9_993, "at most 10,000 characters, this one 10,001"),
        ("(" * 51 + "brand = A" + ")" * 51, "more than 50 parentheses and NOTs"),
        ("(" * 4_000 + "brand = A" + ")" * 4_000, "more than 50 parentheses and NOTs"),
        ("NOT " * 2_400 + "brand = A", "more than 50 parentheses and NOTs"),
        ("NOT(" * 26 + "brand = A" + ")" * 26, "more than 50 parentheses and NOTs"),
        ("(" * 10_000, "breaks off"),
        (")" * 10_000, "can't stand here"),
        ("brand IN (" + ",".join("x" * 1_001) + ")", "at most 1,000 values, this one 1,001"),
        (" OR ".join(["sku=1"] * 201), "at most 200 conditions; put values of one field into a"),
        ('"' * 9_999, "can't stand here"),
        ("brand = " + "\\" * 9_000 + '"', "a text in quotes can't stand here"),
        ('brand = "' + "\\" * 9_001, "never closed"),
        ("a" * 10_000, "no field|stands alone"),
        ("price < " + "9" * 9_000, "is not a number"),
        ("brand = " + "A " * 4_000, "AND or OR comes next"),
        ("= " * 5_000, "a condition comes next"),
        ("attr." * 2_000, "an operator comes next"),
        ("🥾" * 5_000, "a condition comes next"),
        ("\u017f" * 10_000, "no field|stands alone"),
    ],
)
def test_bounds(text: str, told: str) -> None:
    with pytest.raises(FilterError, match=told) as refused:
        parse_filter(text)
    assert 0 <= refused.value.position <= len(text)
    assert len(str(refused.value)) < 700


def test_just_within_the_bounds() -> None:
    parse_filter("(" * 50 + "brand = A" + ")" * 50)
    parse_filter("brand IN (" + ",".join("x" * 1_000) + ")")
    parse_filter(" OR ".join(["sku=1"] * 200))
    parse_filter("brand = " + "x" * 9_992)


@settings(max_examples=300, deadline=None)
@given(
    text=st.text(max_size=60)
    | st.text("aAbB\"'\\()=<>!:*,./ 0é靴\u0301\ud800\0", max_size=30)
    | st.lists(
        st.sampled_from(
            [
                *("brand", "price", "attr.", "attr.x", "category", "added", "available", "NOT"),
                *("=", "!=", "<", ":", "IN", "(", ")", ",", "AND", "OR", "IS", "EMPTY", "BETWEEN"),
                *('"a b"', "5", "x/*", "*", "'", '"', "2026-11-01"),
            ]
        ),
        max_size=15,
    ).map(" ".join)
)
def test_any_text_is_a_filter_or_a_fault_with_its_place(text: str) -> None:
    parsed = fault = None
    try:
        parsed = parse_filter(text)
    except FilterError as error:
        fault = error
    if fault is not None:
        assert 0 <= fault.position <= len(text)
        assert len(str(fault).splitlines()) == 3
        str(fault).encode()
    if parsed is not None:
        assert parse_filter(str(parsed)) == parsed
        assert str(parse_filter(str(parsed))) == str(parsed)


def test_filters_are_equal_when_they_say_the_same() -> None:
    one, other = parse_filter("brand=A and price<5"), parse_filter("Brand = 'A' AND price < 5.0")
    assert one == other
    assert hash(one) == hash(other)
    assert one.text != other.text
    assert parse_filter("brand=a") != parse_filter("brand=A")
    assert isinstance(one, Filter)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("brand", BRAND),
        (" Item-Group ", Field("item_group")),
        ("attr.colour", attribute("colour")),
        ('attr."odd name"', attribute("odd name")),
    ],
)
def test_a_field_alone(text: str, field: Field) -> None:
    assert parse_field(text) == field


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("colour", "there is no field"),
        ("brand = A", "take it out"),
        ("brand, price", "take it out"),
        ("attr.", "name of an attribute"),
        ("", "empty"),
        ("(brand)", "can't stand here"),
    ],
)
def test_what_is_no_field(text: str, told: str) -> None:
    with pytest.raises(FilterError, match=told):
        parse_field(text)


def test_the_parser_library_waits_for_a_filter() -> None:
    program = (
        "import sys, vsearch.catalog.filters, vsearch.catalog.facets, vsearch.catalog.words;"
        "assert 'lark' not in sys.modules;"
        "vsearch.catalog.filters.parse_filter('price<5');"
        "assert 'lark' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)

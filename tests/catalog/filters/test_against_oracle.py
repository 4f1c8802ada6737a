"""Filters in SQL, on both databases, against what plain Python says of the same products."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from vsearch.catalog import feed_store, schema
from vsearch.catalog.feeds.interface import Listed
from vsearch.catalog.filters import parse_filter
from vsearch.catalog.filters.matching import product_ids_where
from vsearch.catalog.filters.syntax import (
    And,
    Below,
    Condition,
    Empty,
    Field,
    Matches,
    Not,
    OneOf,
    Or,
    Range,
)
from vsearch.catalog.product import AttributeValue, Availability, Product
from vsearch.catalog.product_writer import ProductWriter

TEXTS = [
    *("Acme", "ACME", "ÄCME & Co", "äcme & co", "Acme-Ä", "aÄc", "ẞ", "ß", "ss", "Σίσυφος"),
    *("ΣΊΣΥΦΟΣ", "K2", "\u212a2", "k2", "\u0130", "i", "a%b", "a_b", "axb", "a\\b", "A*B", "a/b"),
    *(
        'say "hi"',
        "O'Neil",
        "two\nlines",
        "日本",
        "true",
        "False",
        "42",
        "42.0",
        "042",
        "-3",
        "--3",
    ),
    *("4.50", "1.2.3", "5.", "1e3", "+5", "0", "-0", "12 g", "999999999999999", "10" * 20),
]
LEVELS = ["Home", "HOME", "Kitchen", "Küche", "Kitchenware", "TV/Audio", "50%", "Ä_b", "Mugs*"]
NAMES = ["colour", "Colour", "size", 'odd "name"', "größe", "a.b", "\\"]

texts = st.sampled_from(TEXTS) | st.text("aAbÄä*%_\\'\"/ 1", min_size=1, max_size=5)
texts = texts.map(str.strip).filter(bool)
levels = st.sampled_from(LEVELS)
prices = st.decimals(0, 60, places=2) | st.sampled_from([Decimal("9.9999"), Decimal(10)])
values: st.SearchStrategy[AttributeValue] = st.one_of(
    texts,
    st.booleans(),
    st.integers(-50, 50),
    st.integers(-(10**17), 10**17),
    st.integers(-50, 50).map(lambda tenths: tenths / 10),
    st.floats(allow_nan=False, allow_infinity=False, width=32).filter(lambda x: abs(x) < 1e30),
    st.lists(texts, min_size=1, max_size=3).map(tuple),
)
products = st.builds(
    Product,
    sku=st.uuids().map(str),
    title=texts | st.just(""),
    brand=texts | st.just(""),
    category=st.lists(levels, max_size=3).map(tuple),
    price=st.none() | prices,
    currency=st.sampled_from([None, "EUR", "USD"]),
    availability=st.none() | st.sampled_from(Availability),
    gtin=st.sampled_from(["", "4006381333931", "007"]),
    item_group=texts | st.just(""),
    attributes=st.dictionaries(st.sampled_from(NAMES), values, max_size=4),
)


def quoted(text: str, special: str = "") -> str:
    return '"' + re.sub(f'["\\\\{re.escape(special)}]', r"\\\g<0>", text) + '"'


fields = st.sampled_from(
    ["title", "brand", "currency", "gtin", "item_group", *(f"attr.{quoted(n)}" for n in NAMES)]
)
operands = texts.map(quoted) | st.integers(-5, 50).map(str) | st.just('""')
patterns = st.lists(texts.map(lambda text: quoted(text, "*")[1:-1]) | st.just(""), max_size=3)
paths = st.lists(levels.map(lambda level: quoted(level, "/>*")[1:-1]), min_size=1, max_size=3)
numbers = st.integers(-5, 60).map(str) | prices.map(str)
ordered = st.sampled_from(["price", *(f"attr.{quoted(n)}" for n in NAMES)])
leaves = st.one_of(
    st.tuples(fields, st.sampled_from(["=", "!="]), operands).map(" ".join),
    st.tuples(fields, st.lists(operands, min_size=1, max_size=4).map(", ".join)).map(
        lambda both: f"{both[0]} IN ({both[1]})"
    ),
    st.tuples(fields, patterns).map(lambda both: f'{both[0]}:"{"*".join(both[1])}"'),
    st.tuples(fields | ordered, st.sampled_from(["IS EMPTY", "IS NOT EMPTY"])).map(" ".join),
    st.tuples(ordered, st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), numbers).map(" ".join),
    st.tuples(ordered, numbers, numbers).map(
        lambda all_: "{} BETWEEN {} AND {}".format(all_[0], *sorted(all_[1:], key=Decimal))
    ),
    paths.map(lambda path: f'category = "{" > ".join(path)}"'),
    st.tuples(st.sampled_from(["", "/", "*"]), paths, st.sampled_from(["", "*", "/*"])).map(
        lambda all_: f'category:"{all_[0]}{" > ".join(all_[1])}{all_[2]}"'
    ),
    paths.map(lambda path: f'category:"*{path[0][1:-1]}*"'),
    st.sampled_from(
        ["available", "availability = preorder", "category IS EMPTY", "NOT price = 10"]
    ),
)
filters = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda both: f"({both[0]} AND {both[1]})"),
        st.tuples(inner, inner).map(lambda both: f"({both[0]} OR {both[1]})"),
        inner.map(lambda one: f"NOT {one}"),
    ),
    max_leaves=5,
)


def folded(text: str) -> str:
    return "".join(map(folded_character, text))


def folded_character(character: str) -> str:
    for other in (character.casefold(), character.lower()):
        if len(other) == 1 and other.isascii() <= character.isascii():
            return other
    return character


def number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", text, re.ASCII) else None


def elements(product: Product, field: Field) -> Iterator[str | float]:
    """Texts and numbers of a field; a text that looks like a number is both."""
    if not field.is_attribute:
        value = getattr(product, field.name)
        if value is not None:
            yield float(value) if isinstance(value, Decimal) else str(value)
        return
    for name, value in product.attributes.items():
        if folded(name) == folded(field.name):
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, bool):
                    yield str(one).lower()
                elif isinstance(one, str):
                    yield one
                    found = number(one)
                    if found is not None and len(one) <= 40:
                        yield found
                else:
                    yield float(one)


def holds(tree: Condition, product: Product) -> bool:
    match tree:
        case And(parts):
            return all(holds(part, product) for part in parts)
        case Or(parts):
            return any(holds(part, product) for part in parts)
        case Not(part):
            return not holds(part, product)
        case Empty(Field("category")):
            return not product.category
        case Empty(field):
            return all(value == "" for value in elements(product, field))
        case Below():
            return any(is_below(tree, product.category[at:], at) for at in range(3))
        case OneOf(Field("category"), (wanted,)):
            return [*map(folded, product.category)] == [*map(folded, wanted)]
        case OneOf(field, wanted):
            found = list(elements(product, field))
            texts = {folded(value) for value in found if isinstance(value, str)}
            numbers = {value for value in found if isinstance(value, float)}
            return any(
                folded(value) in texts if isinstance(value, str) else float(value) in numbers
                for value in wanted
            )
        case Range(field):
            found = (value for value in elements(product, field) if isinstance(value, float))
            return any(is_within(tree, value) for value in found)
        case Matches(field, pieces):
            pattern = ".*".join(re.escape(folded(piece)) for piece in pieces)
            compiled = re.compile(pattern if len(pieces) > 1 else f".*{pattern}.*", re.DOTALL)
            found = (value for value in elements(product, field) if isinstance(value, str))
            return any(compiled.fullmatch(folded(value)) for value in found)


def is_within(tree: Range, value: float) -> bool:
    low, high = tree.low, tree.high
    above = low is None or value > float(low) or (tree.with_low and value == float(low))
    below = high is None or value < float(high) or (tree.with_high and value == float(high))
    return above and below


def is_below(tree: Below, levels: tuple[str, ...], at: int) -> bool:
    wanted, found = [*map(folded, tree.levels)], [*map(folded, levels)][: len(tree.levels)]
    if len(found) < len(wanted) or (tree.from_top and at):
        return False
    if len(wanted) == 1 and tree.open_start and tree.open_end:
        return wanted[0] in found[0]
    if tree.open_start and found[0].endswith(wanted[0]):
        found[0] = wanted[0]
    if tree.open_end and found[-1].startswith(wanted[-1]):
        found[-1] = wanted[-1]
    return found == wanted


#: So that every name is known.
EVERYTHING = Product("everything", attributes=dict.fromkeys(NAMES, "here"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shown=st.lists(products, max_size=8), asked=st.lists(filters, min_size=1, max_size=4))
def test_sql_selects_what_python_does(
    engine: Engine, shown: list[Product], asked: list[str]
) -> None:
    listed = [Listed(row, product) for row, product in enumerate([EVERYTHING, *shown], 2)]
    with engine.connect() as connection:
        run = feed_store.begin_run(connection, "feed", Path("/srv"), "csv")
        ProductWriter(connection, run, may_repeat=False).write(listed)
        skus = dict(
            connection.execute(
                schema.products.select().with_only_columns(
                    schema.products.c.id, schema.products.c.sku
                )
            ).all()
        )
        for text in asked:
            parsed = parse_filter(text)
            found = product_ids_where(connection, parsed.condition(connection), list(skus))
            expected = {one.product.sku for one in listed if holds(parsed.tree, one.product)}
            assert {skus[i] for i in found} == expected, text
            assert parse_filter(str(parsed)) == parsed
        connection.rollback()


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("added = 2026-11-22", True),
        ("added > 2026-11-22", False),
        ("added >= 2026-11-22 AND added < 2026-11-23", True),
        ("added < 2026-11-22 OR added > 2026-11-22", False),
        ("updated BETWEEN 2026-11-23 AND 2026-11-30", True),
        ("updated <= 2026-11-22", False),
        ("updated IN (2026-11-01, 2026-11-23)", True),
        ("updated != 2026-11-23", False),
        ("added <= 9999-12-31 AND added > 0001-01-01", True),
    ],
)
def test_days_are_whole_and_in_utc(engine: Engine, text: str, is_found: bool) -> None:
    stamps = {
        "added_at": datetime(2026, 11, 22, 23, 59, 59, 999_999, tzinfo=UTC),
        "updated_at": datetime(2026, 11, 23, tzinfo=UTC),
    }
    with engine.connect() as connection:
        run = feed_store.begin_run(connection, "feed", Path("/srv"), "csv")
        ProductWriter(connection, run, may_repeat=False).write([Listed(2, EVERYTHING)])
        connection.execute(schema.products.update().values(stamps))
        ids = list(connection.scalars(schema.products.select()))
        condition = parse_filter(text).condition(connection)
        assert product_ids_where(connection, condition, ids) == (set(ids) if is_found else set())
        connection.rollback()

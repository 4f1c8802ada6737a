from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from vsearch.catalog import feed_store, schema
from vsearch.catalog.facet_value import FacetValue
from vsearch.catalog.facets import facet_counts
from vsearch.catalog.feeds.interface import Listed
from vsearch.catalog.filters import parse_filter
from vsearch.catalog.filters.matching import product_ids_where
from vsearch.catalog.price_steps import price_steps
from vsearch.catalog.product import Availability, Product
from vsearch.catalog.product_writer import ProductWriter
from vsearch.errors import FilterError

RED = Product(
    "RED",
    brand="Acme",
    category=("Home", "Kitchen"),
    price=Decimal("9.90"),
    currency="EUR",
    availability=Availability.IN_STOCK,
    attributes={"colour": ("red", "Blue"), "size": "42", "new": True},
)
BLUE = Product(
    "BLUE",
    brand="acme",
    category=("Home", "TV/Audio*"),
    price=Decimal(12),
    currency="EUR",
    availability=Availability.IN_STOCK,
    attributes={"Colour": "blue", "size": 42, "new": "true"},
)
BARE = Product("BARE", attributes={"size": "042", "weight": 0.1 + 0.2})


@pytest.fixture
def ids(shop, connection: Connection) -> list[int]:
    shop.write(shop.run(), RED, BLUE, BARE)
    return all_ids(connection)


def all_ids(connection: Connection) -> list[int]:
    return list(connection.scalars(select(schema.products.c.id).order_by(schema.products.c.id)))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("brand", [("Acme", 2, 'brand = "Acme"')]),
        (
            "category",
            [
                ("Home", 2, 'category:"/Home"'),
                ("Home > Kitchen", 1, 'category:"/Home > Kitchen"'),
                ("Home > TV/Audio*", 1, r'category:"/Home > TV\/Audio\*"'),
            ],
        ),
        ("availability", [("in_stock", 2, 'availability = "in_stock"')]),
        ("currency", [("EUR", 2, 'currency = "EUR"')]),
        ("item_group", []),
        (
            "attr.COLOUR",
            [("Blue", 2, 'attr.COLOUR = "Blue"'), ("red", 1, 'attr.COLOUR = "red"')],
        ),
        ("attr.size", [("42", 2, "attr.size = 42"), ("042", 1, 'attr.size = "042"')]),
        ("attr.new", [("true", 2, 'attr.new = "true"')]),
        # No filter can name a number of so many digits.
        ("attr.weight", []),
        ("price", [("under 10", 1, "price < 10"), ("10 and more", 1, "price >= 10")]),
    ],
)
def test_values_are_counted(
    connection: Connection, ids: list[int], field: str, values: list[tuple[str, int, str]]
) -> None:
    assert facet_counts(connection, ids, [field]) == {field: [FacetValue(*one) for one in values]}


def test_only_the_products_asked_for_count(connection: Connection, ids: list[int]) -> None:
    counted = facet_counts(connection, ids[1:], ["brand", "price"])
    assert counted["brand"] == [FacetValue("acme", 1, 'brand = "acme"')]
    assert counted["price"] == [FacetValue("12.00", 1, "price = 12.00")]
    assert facet_counts(connection, [], ["brand", "price"]) == {"brand": [], "price": []}
    assert facet_counts(connection, ids, []) == {}


def test_the_most_frequent_come_first_and_the_rest_is_cut(connection: Connection, shop) -> None:
    brands = [letter for number, letter in enumerate("edcba", 1) for _ in range(number // 2)]
    listed = [Product(str(number), brand=brand) for number, brand in enumerate(brands)]
    shop.write(shop.run(), *listed)
    found = facet_counts(connection, all_ids(connection), ["brand"], top=3)["brand"]
    assert [(one.value, one.count) for one in found] == [("a", 2), ("b", 2), ("c", 1)]


def test_more_products_than_one_statement_names(connection: Connection, shop) -> None:
    shop.write(shop.run(), *(Product(str(number), brand="Acme") for number in range(2_500)))
    (acme,) = facet_counts(connection, all_ids(connection), ["brand"])["brand"]
    assert acme.count == 2_500


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("colour", "there is no field"),
        ("attr.color", r"no product has an attribute \"color\"; did you mean attr.colour"),
        ("added", "the values of added can't be counted"),
        ("brand = A", "can't stand here"),
    ],
)
def test_what_can_not_be_counted(
    connection: Connection, ids: list[int], field: str, told: str
) -> None:
    with pytest.raises(FilterError, match=told) as refused:
        facet_counts(connection, ids, ["brand", field])
    assert refused.value.text == field


texts = st.text("aAäÄ*%\\\"'/ 1.0", min_size=1, max_size=4).map(str.strip).filter(bool)
products = st.builds(
    Product,
    sku=st.uuids().map(str),
    brand=texts,
    category=st.lists(texts, max_size=3).map(tuple),
    price=st.none() | st.decimals(0, 3_000, places=2),
    attributes=st.dictionaries(
        st.sampled_from(["a", "A", 'b "c"']),
        st.one_of(
            texts,
            st.booleans(),
            st.integers(-3, 3),
            st.sampled_from([1.0, 0.5, 1e16, 1e-7]),
            st.lists(texts, max_size=2).map(tuple),
        ),
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(listed=st.lists(products, min_size=1, max_size=8))
def test_each_value_comes_with_the_filter_that_selects_it(
    engine: Engine, listed: list[Product]
) -> None:
    everything = Product("everything", attributes={"a": "x", 'b "c"': "x"})
    fields = ["brand", "category", "price", "attr.a", 'attr."b \\"c\\""']
    with engine.connect() as connection:
        run = feed_store.begin_run(connection, "feed", Path("/srv"), "csv")
        rows = [Listed(row, product) for row, product in enumerate([everything, *listed], 2)]
        ProductWriter(connection, run, may_repeat=False).write(rows)
        ids = all_ids(connection)
        counted = facet_counts(connection, ids, fields, top=100)
        for values in counted.values():
            for one in values:
                condition = parse_filter(one.where).condition(connection)
                assert len(product_ids_where(connection, condition, ids)) == one.count, one
        # The ranges of prices leave none out and overlap nowhere.
        priced = sum(product.price is not None for product in listed)
        assert sum(one.count for one in counted["price"]) == priced
        assert len(counted["price"]) <= 8
        connection.rollback()


@settings(deadline=None)
@given(
    prices=st.lists(st.decimals(0, 10**9, places=4), min_size=1, max_size=50),
    parts=st.integers(1, 10),
)
def test_price_steps_are_round_and_cut_off_nothing_empty(prices: list[Decimal], parts: int) -> None:
    cuts = price_steps(prices, parts)
    assert cuts == sorted(set(cuts))
    assert len(cuts) < parts
    edges = [Decimal(-1), *cuts, Decimal(10) ** 12]
    for low, high in pairwise(edges):
        assert any(low <= price < high for price in prices)
    for cut in cuts:
        assert len(cut.normalize().as_tuple().digits) <= 3

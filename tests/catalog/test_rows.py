"""A product comes back from the database as it went in, and its digest tells it from others."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from vsearch.catalog import feed_store, product_store
from vsearch.catalog.feeds.interface import Listed
from vsearch.catalog.product import Availability, Product
from vsearch.catalog.product_writer import ProductWriter
from vsearch.catalog.rows import digest

# What no feed reader lets through: PostgreSQL stores neither.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NAMES = TEXT.filter(bool)
# ">" stands between the parts of a path.
CATEGORY = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=">"), min_size=1
)
# PostgreSQL's JSONB keeps numbers as decimals: past 1e15 it gives back the digits that Python
# wrote, not the float.
FLOATS = st.floats(-1e15, 1e15, allow_subnormal=False)
SCALARS = TEXT | st.integers(-(2**63), 2**63 - 1) | st.booleans() | FLOATS
ATTRIBUTES = st.dictionaries(NAMES, SCALARS | st.lists(TEXT, max_size=3).map(tuple), max_size=4)

PRODUCTS = st.builds(
    Product,
    sku=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=255),
    title=TEXT,
    description=TEXT,
    brand=TEXT,
    category=st.lists(CATEGORY, max_size=3).map(tuple),
    price=st.none() | st.decimals(0, Decimal("999999999999.9999"), places=4),
    currency=st.sampled_from([None, "EUR", "JPY"]),
    availability=st.none() | st.sampled_from(Availability),
    url=TEXT,
    gtin=TEXT,
    item_group=TEXT,
    attributes=ATTRIBUTES,
    images=st.lists(NAMES, max_size=4, unique=True).map(tuple),
)


def exact(product: Product) -> dict[str, Any]:
    """Every field, where True, 1 and 1.0 are three different attributes."""
    values = {field.name: getattr(product, field.name) for field in fields(product)}
    typed = {name: (type(value), value) for name, value in product.attributes.items()}
    return values | {"attributes": typed}


@settings(max_examples=50, deadline=None)
@given(products=st.lists(PRODUCTS, max_size=5, unique_by=lambda product: product.sku))
def test_products_come_back_as_they_went_in(engine: Engine, products: list[Product]) -> None:
    with engine.connect() as connection:
        run = feed_store.begin_run(connection, "feed", Path("/srv"), "csv")
        writer = ProductWriter(connection, run, may_repeat=False)
        writer.write([Listed(row, product) for row, product in enumerate(products)])
        stored = [product for _, product in product_store.iterate(connection)]
        assert [exact(product) for product in stored] == [exact(product) for product in products]
        for product in products:
            assert product_store.find(connection, product.sku) == product
        connection.rollback()


@settings(max_examples=300, deadline=None)
@given(product=PRODUCTS, other=PRODUCTS, name=st.sampled_from(fields(Product)))
def test_digests_are_equal_where_products_are(product: Product, other: Product, name: Any) -> None:
    changed = replace(product, **{name.name: getattr(other, name.name)})
    assert (digest(product) == digest(changed)) == (exact(product) == exact(changed))


BASE = Product("A", attributes={"size": 1, "colour": "red"}, price=Decimal(5), images=("a", "b"))


@pytest.mark.parametrize(
    "same",
    [
        replace(BASE, price=Decimal("5.00")),
        replace(BASE, attributes={"colour": "red", "size": 1}),
    ],
)
def test_the_same_said_otherwise_has_the_same_digest(same: Product) -> None:
    assert digest(same) == digest(BASE)


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, price=None),
        replace(BASE, price=Decimal(50)),
        replace(BASE, attributes={"size": "1", "colour": "red"}),
        replace(BASE, attributes={"size": True, "colour": "red"}),
        replace(BASE, images=("b", "a")),
        replace(BASE, images=("a, b",)),
        replace(BASE, images=("a', 'b",)),
        replace(BASE, title="A", brand=""),
        replace(BASE, title="", brand="A"),
        replace(BASE, availability=Availability.IN_STOCK),
    ],
)
def test_whatever_differs_changes_the_digest(other: Product) -> None:
    assert digest(other) != digest(BASE)


def test_digests_stay_what_they_are() -> None:
    """Another digest would make every product of every collection count as changed, once."""
    full = replace(BASE, category=("Home", "Light"), availability=Availability.PREORDER)
    assert digest(full) == "c6d1d03814348c8868cdc03555dd2dd1"

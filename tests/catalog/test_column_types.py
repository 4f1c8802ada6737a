from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import Connection, func, insert, select

from vsearch.catalog import schema
from vsearch.catalog.product import Product

PRICES = [
    *("0.00", "0.0001", "0.1", "0.30", "9.90", "9.9", "10", "19.99", "100", "1299.5", "12.3456"),
    *("0.0009", "999999999999.99", "999999999999.9999", "4503599627370.4973"),
]


@pytest.fixture
def prices(shop):
    products = [Product(f"P{n}", price=Decimal(price)) for n, price in enumerate(PRICES)]
    shop.write(shop.run(), *products, Product("free"))
    return schema.products.c.price


def test_prices_are_exact(connection: Connection, prices) -> None:
    found = connection.scalars(select(prices).order_by(schema.products.c.id)).all()
    assert found == [*map(Decimal, PRICES), None]


def test_prices_have_two_places_or_more_where_needed(connection: Connection, prices) -> None:
    found = connection.scalars(select(prices).order_by(schema.products.c.id)).all()
    shown = [str(price) for price in found[:-1]]
    assert shown[:11] == [
        *("0.00", "0.0001", "0.10", "0.30", "9.90", "9.90", "10.00", "19.99", "100.00"),
        *("1299.50", "12.3456"),
    ]


def test_the_database_orders_prices_as_numbers(connection: Connection, prices) -> None:
    found = connection.scalars(select(prices).where(prices.is_not(None)).order_by(prices)).all()
    assert found == sorted(map(Decimal, PRICES))


def test_the_database_compares_and_sums_prices_exactly(connection: Connection, prices) -> None:
    assert connection.scalar(select(func.sum(prices))) == sum(map(Decimal, PRICES))
    cheap = connection.scalar(
        select(func.count()).where(prices.between(Decimal("0.1"), Decimal("9.9")))
    )
    assert cheap == 4  # 0.1, 0.30 and twice 9.90, with no cent lost at the edges


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 3, 1, 2, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        datetime(1999, 12, 31, 20, 0, tzinfo=timezone(timedelta(hours=-8))),
    ],
)
def test_moments_keep_their_place_in_time(connection: Connection, moment: datetime) -> None:
    feeds = schema.feeds
    connection.execute(
        insert(feeds).values(name="f", root="/srv", format="csv", run=1, read_at=moment)
    )
    found = connection.scalars(select(feeds.c.read_at).where(feeds.c.read_at == moment)).one()
    assert found == moment
    assert found.tzinfo is UTC

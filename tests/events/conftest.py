from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete

from vsearch.catalog import database, feed_store
from vsearch.catalog.feeds.interface import Listed
from vsearch.catalog.product import Product
from vsearch.catalog.product_writer import ProductWriter
from vsearch.catalog.schema import events
from vsearch.events.shop_events import ShopEvents


@pytest.fixture(scope="session")
def _small_shop() -> Iterator[Engine]:
    """A catalogue of the products A and B."""
    with database.disposing(database.in_memory_engine()) as engine:
        database.migrate(engine)
        with engine.begin() as connection:
            feed = feed_store.begin_run(connection, "feed", Path("/srv"), "csv")
            products = [Listed(2, Product("A")), Listed(3, Product("B"))]
            ProductWriter(connection, feed, may_repeat=False).write(products)
        yield engine


@pytest.fixture
def shop(_small_shop: Engine) -> Iterator[ShopEvents]:
    """Its events, of which there are none yet."""
    yield ShopEvents(_small_shop)
    with _small_shop.begin() as connection:
        connection.execute(delete(events))

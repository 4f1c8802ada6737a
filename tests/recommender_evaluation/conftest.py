from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from vsearch import Collection, Settings
from vsearch.catalog.product import Product
from vsearch.events.columns import EventColumns
from vsearch.recommender_evaluation.event_columns import as_columns
from vsearch.recommender_evaluation.gallery import Gallery
from vsearch.recommender_evaluation.simulation.options import ShopOptions
from vsearch.recommender_evaluation.simulation.shop import SimulatedShop


@pytest.fixture(scope="session")
def sample(sample_collection: Path) -> Iterator[Collection]:
    """The sample's collection; tests only read it."""
    with Collection.open(sample_collection, settings=Settings(device="cpu")) as opened:
        yield opened


@pytest.fixture(scope="session")
def products(sample: Collection) -> tuple[Product, ...]:
    return tuple(one.product for one in sample.export())


@pytest.fixture(scope="session")
def gallery(sample: Collection) -> Gallery:
    return Gallery.of(sample)


@pytest.fixture(scope="session")
def shop(products: tuple[Product, ...]) -> SimulatedShop:
    return SimulatedShop(products, ShopOptions(shoppers=150, days=45, seed=1))


@pytest.fixture(scope="session")
def pages(shop: SimulatedShop) -> list[EventColumns]:
    """What happens in the shop, as a store would hand it out."""
    return [as_columns(shop.events())]

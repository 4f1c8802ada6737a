"""A shop with events whose counts are known by heart, and one that is simulated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vsearch import Collection, Settings
from vsearch.events.event import Event, EventKind
from vsearch.interchange.interactions import Interactions, read_interactions
from vsearch.interchange.items import Items, read_items
from vsearch.recommender_evaluation.simulation.options import ShopOptions
from vsearch.recommender_evaluation.simulation.shop import simulate

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)

VIEW, BASKET, PURCHASE = EventKind.VIEW, EventKind.BASKET, EventKind.PURCHASE


def event(kind: EventKind, sku: str, day: float, user: str = "", session: str = "") -> Event:
    at = NOON + timedelta(days=day)
    return Event(kind, sku, at=at, user_id=user, session_id=session)


@pytest.fixture(scope="session")
def small_shop(copy_sample: Callable[[], Path]) -> Iterator[Collection]:
    """Three users and two sessions over the sample; one product isn't in the catalogue."""
    with Collection.open(copy_sample(), settings=Settings(device="cpu")) as collection:
        collection.events.add(
            [
                event(VIEW, "GRO-APL-001", 0, "zoe", "s1"),
                event(PURCHASE, "GRO-APL-001", 1, "zoe", "s1"),
                event(VIEW, "FAS-CSH-002", 2, "adam", "s1"),
                event(VIEW, "GONE", 2, "adam", "s2"),
                event(VIEW, "MUS-STR-001", 2, "", "s2"),
                event(BASKET, "MUS-STR-001", 3, 'o"neil', ""),
                event(VIEW, "MUS-STR-001", 4),
            ]
        )
        yield collection


@pytest.fixture(scope="session")
def shop(copy_sample: Callable[[], Path]) -> Iterator[Collection]:
    """The sample with what 150 simulated shoppers did in a month."""
    with Collection.open(copy_sample(), settings=Settings(device="cpu")) as collection:
        products = (one.product for one in collection.export())
        collection.events.add(simulate(products, ShopOptions(shoppers=150, days=30, seed=3)))
        yield collection


@pytest.fixture(scope="session")
def items(shop: Collection) -> Items:
    return read_items(shop)


@pytest.fixture(scope="session")
def interactions(shop: Collection, items: Items) -> Interactions:
    return read_interactions(shop, items)

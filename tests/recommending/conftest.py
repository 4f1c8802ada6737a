"""A copy of the sample's collection whose shop has some events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vsearch import Collection, Event, EventKind, Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

#: Six shoppers who look at shoes and bags, six who look at instruments, and one at both.
SHOES = ("FAS-MSH-001", "FAS-WSH-001", "FAS-WSH-002", "FAS-BAG-001", "FAS-BAG-002")
MUSIC = ("MUS-DRU-001", "MUS-KEY-001", "MUS-STR-001", "MUS-WND-001", "MUS-WND-002")


def view(sku: str, days_ago: float = 0.0, user: str = "", session: str = "") -> Event:
    at = NOW - timedelta(days=days_ago)
    return Event(EventKind.VIEW, sku, at, user_id=user, session_id=session)


def shop_events() -> list[Event]:
    events = []
    for number in range(6):
        for skus, name in ((SHOES, "shoes"), (MUSIC, "music")):
            some = [sku for place, sku in enumerate(skus) if place != number]
            who = f"{name}-{number}"
            events += [view(sku, 5 + number, who, f"visit-{who}") for sku in some]
    # Bought by one who came once: as popular as anything for a moment, and long gone.
    events.append(Event(EventKind.PURCHASE, "GONE-1", NOW, session_id="visit-gone"))
    return events


@pytest.fixture(scope="session")
def shop(copy_sample: Callable[[], Path]) -> Iterator[Collection]:
    """Not to be changed."""
    with Collection.open(copy_sample(), settings=Settings(device="cpu")) as collection:
        collection.events.add(shop_events())
        yield collection


@pytest.fixture(scope="session")
def quiet(sample_collection: Path) -> Iterator[Collection]:
    """The sample without a single event; not to be changed."""
    with Collection.open(sample_collection, settings=Settings(device="cpu")) as collection:
        yield collection

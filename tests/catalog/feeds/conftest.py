from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from vsearch.catalog.feeds import Feed, FeedItem, Listed, Rejection, open_feed
from vsearch.catalog.product import Product

Open = Callable[..., Feed]
Read = Callable[..., list[FeedItem]]


@pytest.fixture
def open_written(tmp_path: Path) -> Open:
    """Write a feed into tmp_path and open it."""

    def write_and_open(
        content: str | bytes,
        name: str = "feed.csv",
        *,
        mapping: Mapping[str, str] | None = None,
        **options: str,
    ) -> Feed:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return open_feed(path, mapping=mapping, **options)

    return write_and_open


@pytest.fixture
def read(open_written: Open) -> Read:
    """Write a feed into tmp_path, open it and read all of it."""
    return lambda content, name="feed.csv", **options: list(
        open_written(content, name, **options).read()
    )


@pytest.fixture
def products(read: Read) -> Callable[..., list[Product]]:
    """Read a feed in which every row is good."""

    def only_products(content: str | bytes, name: str = "feed.csv", **options: object):
        items = read(content, name, **options)
        assert all(isinstance(item, Listed) for item in items), items
        return [item.product for item in items]

    return only_products


@pytest.fixture
def rejections(read: Read) -> Callable[..., list[Rejection]]:
    """Read a feed and keep what was rejected."""
    return lambda content, name="feed.csv", **options: [
        item for item in read(content, name, **options) if isinstance(item, Rejection)
    ]

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from vsearch.catalog import feed_store
from vsearch.catalog.product import Product


def test_a_feed_counts_its_runs(connection: Connection) -> None:
    first = feed_store.begin_run(connection, "a", Path("/srv/a"), "csv")
    other = feed_store.begin_run(connection, "b", Path("/srv/b"), "folder")
    second = feed_store.begin_run(connection, "a", Path("/srv/a"), "csv")
    assert (first.run, second.run, other.run) == (1, 2, 1)
    assert first.feed_id == second.feed_id != other.feed_id


def test_a_feed_that_moves_keeps_its_name(connection: Connection) -> None:
    first = feed_store.begin_run(connection, "shop", Path("/srv/monday"), "csv")
    second = feed_store.begin_run(connection, "shop", Path("/srv/tuesday"), "tsv")
    assert (second.feed_id, second.run) == (first.feed_id, 2)
    (known,) = feed_store.known_feeds(connection)
    assert (known.root, known.format) == (Path("/srv/tuesday"), "tsv")


def test_known_feeds(shop, connection: Connection) -> None:
    before = datetime.now(UTC)
    shop.write(shop.run("b"), Product("1"), Product("2"))
    shop.run("a")
    known = feed_store.known_feeds(connection)
    assert [(feed.name, feed.products) for feed in known] == [("a", 0), ("b", 2)]
    assert all(before <= feed.read_at <= datetime.now(UTC) for feed in known)

"""Which feeds a collection is fed from, and which run of each is the latest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, func, insert, select, update

from vsearch.catalog import schema

#: The format of the feed whose images are the collection's own files.
UPLOADS_FORMAT = "api"


@dataclass(frozen=True, slots=True)
class FeedRun:
    """One reading of one feed: what it lists is stamped with ``run``."""

    feed_id: int
    name: str
    root: Path
    run: int


@dataclass(frozen=True, slots=True)
class KnownFeed:
    """A feed that has been read, for people."""

    name: str
    root: Path
    format: str
    read_at: datetime
    products: int


def begin_run(connection: Connection, name: str, root: Path, feed_format: str) -> FeedRun:
    """Register a feed by name, or find it again, and count one run more.

    A feed that has moved keeps its name and gets the new root: its image paths are relative,
    so nothing has to be read again.
    """
    found = connection.execute(
        select(schema.feeds.c.id, schema.feeds.c.run).where(schema.feeds.c.name == name)
    ).one_or_none()
    now = datetime.now(UTC)
    values = {"root": str(root), "format": feed_format, "read_at": now}
    if found is None:
        feed_id = connection.execute(
            insert(schema.feeds).values(name=name, run=1, **values).returning(schema.feeds.c.id)
        ).scalar_one()
        return FeedRun(feed_id, name, root, 1)
    connection.execute(
        update(schema.feeds)
        .where(schema.feeds.c.id == found.id)
        .values(run=found.run + 1, **values)
    )
    return FeedRun(found.id, name, root, found.run + 1)


def feed_id(connection: Connection, name: str) -> int | None:
    """The id of the feed with this name, or None."""
    return connection.scalar(select(schema.feeds.c.id).where(schema.feeds.c.name == name))


def standing_feed(connection: Connection, name: str, root: Path, feed_format: str) -> FeedRun:
    """Register a feed that is never read as a whole, or find it again.

    Nothing is written where it is known and its root is where it was.
    """
    found = connection.execute(
        select(schema.feeds.c.id, schema.feeds.c.run, schema.feeds.c.root).where(
            schema.feeds.c.name == name
        )
    ).one_or_none()
    if found is None or found.root != str(root):
        return begin_run(connection, name, root, feed_format)
    return FeedRun(found.id, name, root, found.run)


def known_feeds(connection: Connection) -> list[KnownFeed]:
    """Every feed by name, with how many products come from it now."""
    count = (
        select(func.count()).where(schema.products.c.feed_id == schema.feeds.c.id).scalar_subquery()
    )
    rows = connection.execute(
        select(
            schema.feeds.c.name,
            schema.feeds.c.root,
            schema.feeds.c.format,
            schema.feeds.c.read_at,
            count,
        ).order_by(schema.feeds.c.name)
    )
    return [KnownFeed(name, Path(root), kind, read_at, n) for name, root, kind, read_at, n in rows]

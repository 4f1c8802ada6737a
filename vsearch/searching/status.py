"""What a collection holds, in figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from vsearch.calibration.calibration import Calibration
from vsearch.calibration.file import read_calibration
from vsearch.catalog import feed_store, image_store, product_store
from vsearch.catalog.feed_store import KnownFeed
from vsearch.index.manifest import Manifest
from vsearch.layout import Layout


@dataclass(frozen=True, slots=True)
class CollectionStatus:
    """A collection in figures."""

    manifest: Manifest
    products: int
    without_image: int
    """Products that no photo can find."""
    sources: int
    """Places that products name as images."""
    rejected: int
    """Those of them that can't be used."""
    feeds: tuple[KnownFeed, ...]
    calibration: Calibration | None
    """What scores mean; None where that hasn't been fitted."""
    database_bytes: int
    """0 where the database is a server's."""
    embeddings_bytes: int
    index_bytes: int
    downloads_bytes: int


def read_status(connection: Connection, layout: Layout, manifest: Manifest) -> CollectionStatus:
    """Count it all."""
    return CollectionStatus(
        manifest=manifest,
        products=product_store.count(connection),
        without_image=product_store.count_without_image(connection),
        sources=image_store.count_sources(connection, None)[0],
        rejected=image_store.count_rejected(connection),
        feeds=tuple(feed_store.known_feeds(connection)),
        calibration=read_calibration(layout, manifest),
        database_bytes=_bytes_at(layout.database),
        embeddings_bytes=_bytes_at(layout.folder / "embeddings"),
        index_bytes=_bytes_at(layout.folder / "index"),
        downloads_bytes=_bytes_at(layout.downloads),
    )


def _bytes_at(path: Path) -> int:
    """The size of a file, or of all files under a folder; 0 where there is nothing."""
    try:
        if path.is_file():
            return path.stat().st_size
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    except FileNotFoundError:
        return 0  # A writer has just replaced it.

"""Puts and removals in one transaction, which knows what images it has touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from vsearch.catalog import feed_store, image_store, product_store, shown_sources
from vsearch.catalog.image_records import (
    FoundImage,
    ImageSource,
    RejectedSource,
    SourceStatus,
)
from vsearch.catalog.product_upsert import ProductUpsert
from vsearch.catalog.revision import is_changed, is_indexed, note_indexed
from vsearch.catalog.shown_sources import ShownSource
from vsearch.index.manifest import Manifest
from vsearch.indexing.changes import PutProduct
from vsearch.indexing.put_pictures import PreparedChange
from vsearch.indexing.uploads import FEED


class LiveTransaction:
    """What one transaction does, and what the index has to hear of it."""

    def __init__(self, connection: Connection, manifest: Manifest, uploads: Path) -> None:
        """Begin.

        Args:
            connection: in an open transaction; the caller commits, and is the one writer.
            manifest: the collection as it is.
            uploads: the folder of pictures that came as bytes; absolute.
        """
        record = manifest.encoder
        self._connection = connection
        self._generation = manifest.generation
        self._uploads = uploads
        self._before: list[ShownSource] = []
        self._skus: dict[str, None] = {}
        self._read: set[int] = set()
        self.encoder_id = image_store.encoder_id(
            connection, record.backbone_fingerprint, record.name, record.backbone_dim
        )
        self.was_indexed = is_indexed(connection, manifest.generation)
        """Whether the index held just what products showed before."""
        self.touched: list[int] = []
        """The images that products may have begun or ceased to show."""

    def put(self, changes: Sequence[PreparedChange]) -> tuple[PutProduct, ...]:
        """Add or change products."""
        run = feed_store.standing_feed(
            self._connection, FEED, self._uploads, feed_store.UPLOADS_FORMAT
        )
        upsert = ProductUpsert(self._connection, run)
        skus = [one.product.sku for one in changes]
        shown = self._look_at(skus)
        done = []
        for one in changes:
            sku = one.product.sku
            outcome = upsert.put(one.product, shown.get(sku, []), one.locations)
            self._record(one, run.feed_id)
            done.append(PutProduct(sku, outcome, tuple(one.rejected)))
        return tuple(done)

    def remove(self, skus: Sequence[str]) -> frozenset[str]:
        """Remove products; return those that were there."""
        self._look_at(skus)
        return frozenset(product_store.remove(self._connection, skus))

    def finish(self) -> list[str]:
        """Tidy up, and note where the index needn't change.

        Returns:
            The locations of images that nothing shows any more.
        """
        gone = []
        if self._before:
            source_ids = [one.source_id for one in self._before]
            gone = shown_sources.forget_unshown_among(self._connection, source_ids)
        now = shown_sources.shown_sources(self._connection, list(self._skus))
        before = {one.image_id for one in self._before}
        after = {one.image_id for shown in now.values() for one in shown}
        # A picture that was shown before may have been embedded only now.
        read = {
            one.image_id for shown in now.values() for one in shown if one.source_id in self._read
        }
        self.touched = sorted(one for one in (before ^ after) | read if one is not None)
        if self.was_indexed and not self.touched and is_changed(self._connection):
            note_indexed(self._connection, self._generation, with_change=True)
        return [one.location for one in gone]

    def _look_at(self, skus: Sequence[str]) -> dict[str, list[ShownSource]]:
        """What products show now: several may ask for another state of one product."""
        shown = shown_sources.shown_sources(self._connection, skus)
        self._skus.update(dict.fromkeys(skus))
        for sources in shown.values():
            self._before += sources
        return shown

    def _record(self, change: PreparedChange, feed_id: int) -> None:
        """Note what was read, and what couldn't be."""
        known = shown_sources.sources_at(
            self._connection, feed_id, self.encoder_id, [*change.found, *change.unusable]
        )
        found = [
            replace(image, source_id=known[at].source_id)
            for at, image in change.found.items()
            if not _holds(known[at], image)
        ]
        unusable = [
            RejectedSource(known[at].source_id, reason, None, None)
            for at, reason in change.unusable.items()
            if (known[at].status, known[at].reason) != (SourceStatus.REJECTED, reason)
        ]
        self._read.update(image.source_id for image in found)
        self._read.update(source.source_id for source in unusable)
        image_store.record_found(self._connection, self.encoder_id, found)
        image_store.record_rejected(self._connection, unusable)


def _holds(source: ImageSource, image: FoundImage) -> bool:
    """Whether this is known: a picture that came as bytes may come again and again."""
    is_same = (source.content_hash, source.etag, source.last_modified) == (
        image.content_hash,
        image.etag,
        image.last_modified,
    )
    return source.status is SourceStatus.OK and source.is_encoded and is_same

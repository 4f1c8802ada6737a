"""Small changes, made at once: a few products put or removed, and found by the next query."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from sqlalchemy import Engine

from vsearch.catalog import feed_store, image_store, shown_sources
from vsearch.catalog.database import storage_errors
from vsearch.catalog.image_records import ImageSource
from vsearch.catalog.opening import open_for_writing
from vsearch.catalog.product import is_url
from vsearch.catalog.product_check import checked_product
from vsearch.coalescing import Coalescing
from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.encoder.interface import Encoder
from vsearch.errors import EncoderMismatch, ProductRejected
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.manifest import Manifest, read_manifest
from vsearch.indexing.changes import ProductChange, PutProduct, PutSummary
from vsearch.indexing.live_publishing import LivePublication
from vsearch.indexing.live_transaction import LiveTransaction
from vsearch.indexing.lock import writing
from vsearch.indexing.put_pictures import PicturePreparer, PreparedPut
from vsearch.indexing.removal import Removal
from vsearch.indexing.uploads import FEED, Uploads
from vsearch.layout import Layout
from vsearch.settings import Settings

#: How long a change waits for another writer, in seconds.
PATIENCE_S = 4.0

#: How often pictures are embedded anew because the collection got another encoder meanwhile.
_ATTEMPTS = 3


class Encoders(Protocol):
    """The encoders of a collection, loaded once for queries and changes alike."""

    def encoder(self, manifest: Manifest) -> Encoder:
        """The encoder of a manifest, loaded."""

    def store(self, manifest: Manifest) -> EmbeddingStore:
        """What its backbone has made."""

    def embeddings(self, manifest: Manifest) -> CollectionEmbeddings:
        """The same after its head."""


@dataclass(frozen=True, slots=True)
class _Answer:
    outcome: tuple[PutProduct, ...] = ()
    removed: frozenset[str] = frozenset()
    generation: int = 0
    is_outdated: bool = False
    """The pictures were embedded by another encoder than the collection's is now."""


_OUTDATED = _Answer(is_outdated=True)


class LiveWriter:
    """Puts and removes products. Safe to share between threads.

    What many threads ask for at once is written in one transaction and published in one
    generation.
    """

    def __init__(self, layout: Layout, settings: Settings, encoders: Encoders) -> None:
        self._layout = layout
        self._settings = settings
        self._encoders = encoders
        self._uploads = Uploads(layout.uploads.absolute())
        self._gate = threading.Lock()
        self._opened: tuple[str, Engine] | None = None
        self._changes = Coalescing[PreparedPut | tuple[str, ...], _Answer](self._perform)

    def put(self, changes: Sequence[ProductChange]) -> PutSummary:
        """Add or change products; see ``Collection.put``."""
        checked = [replace(one, product=checked_product(one.product)) for one in changes]
        _refuse_repeats([one.product.sku for one in checked])
        for _ in range(_ATTEMPTS):
            manifest = read_manifest(self._layout.folder)
            if not checked:
                return PutSummary((), manifest.generation)
            answer = self._changes.ask(self._prepare(manifest, checked))
            if not answer.is_outdated:
                return PutSummary(answer.outcome, answer.generation)
        raise EncoderMismatch(
            f"{self._layout.folder}: the collection's encoder is being replaced; try again later"
        )

    def remove(self, skus: Sequence[str]) -> Removal:
        """Remove products; see ``Collection.remove``."""
        wanted = tuple(dict.fromkeys(skus))
        removed = self._changes.ask(wanted).removed
        return Removal(
            tuple(sku for sku in wanted if sku in removed),
            tuple(sku for sku in wanted if sku not in removed),
        )

    def close(self) -> None:
        """Let go of the database."""
        with self._gate:
            if self._opened is not None:
                self._opened[1].dispose()
            self._opened = None

    def _prepare(self, manifest: Manifest, changes: Sequence[ProductChange]) -> PreparedPut:
        if all(not one.pictures for one in changes):
            # Prices change more often than pictures: no encoder is needed for them.
            backbone = manifest.encoder.backbone_fingerprint
            return PreparedPut.without_pictures(backbone, changes)
        preparer = PicturePreparer(
            self._layout,
            self._settings,
            self._encoders.encoder(manifest),
            self._encoders.store(manifest),
        )
        return preparer.prepare(changes, self._known(manifest, changes))

    def _known(
        self, manifest: Manifest, changes: Sequence[ProductChange]
    ) -> dict[str, ImageSource]:
        """What the catalogue knows of the URLs among the pictures."""
        pictures = [picture for one in changes for picture in one.pictures or ()]
        urls = [one for one in pictures if isinstance(one, str) and is_url(one)]
        if not urls:
            return {}
        engine = self._engine(manifest)
        with storage_errors(engine), engine.connect() as connection:
            feed_id = feed_store.feed_id(connection, FEED)
            if feed_id is None:
                return {}
            encoder = image_store.find_encoder(connection, manifest.encoder.backbone_fingerprint)
            return shown_sources.sources_at(connection, feed_id, encoder or 0, urls)

    def _engine(self, manifest: Manifest) -> Engine:
        """The database, opened once; to look at its version takes as long as a small change."""
        with self._gate:
            if self._opened is None or self._opened[0] != manifest.catalogue_id:
                engine = open_for_writing(self._layout, self._settings, manifest.catalogue_id)
                self._opened = manifest.catalogue_id, engine
            return self._opened[1]

    def _perform(self, asked: Sequence[PreparedPut | tuple[str, ...]]) -> list[_Answer]:
        with writing(self._layout, patience_s=PATIENCE_S):
            manifest = read_manifest(self._layout.folder)
            engine = self._engine(manifest)
            self._store(manifest, [one for one in asked if _is_usable(one, manifest)])
            publication = LivePublication(
                self._layout, manifest, self._encoders.embeddings(manifest)
            )
            with storage_errors(engine):
                with engine.begin() as connection:
                    transaction = LiveTransaction(connection, manifest, self._uploads.folder)
                    answers = [
                        self._answer(transaction, one) if _is_usable(one, manifest) else _OUTDATED
                        for one in asked
                    ]
                    gone = transaction.finish()
                after = publication.publish(engine, transaction)
            self._uploads.forget(gone)
        return [replace(one, generation=after.generation) for one in answers]

    @staticmethod
    def _answer(transaction: LiveTransaction, asked: PreparedPut | tuple[str, ...]) -> _Answer:
        if isinstance(asked, PreparedPut):
            return _Answer(outcome=transaction.put(asked.changes))
        return _Answer(removed=transaction.remove(asked))

    def _store(self, manifest: Manifest, asked: Sequence[PreparedPut | tuple[str, ...]]) -> None:
        """Files and embeddings first: what the database speaks of is there."""
        puts = [one for one in asked if isinstance(one, PreparedPut)]
        embeddings = {
            content: embedding for one in puts for content, embedding in one.embeddings.items()
        }
        if embeddings:
            store = self._encoders.store(manifest)
            store.append(list(embeddings), np.stack(list(embeddings.values())))
        for one in puts:
            for change in one.changes:
                self._uploads.keep(change.uploads)


def _is_usable(asked: PreparedPut | tuple[str, ...], manifest: Manifest) -> bool:
    if isinstance(asked, PreparedPut):
        return asked.backbone == manifest.encoder.backbone_fingerprint
    return True


def _refuse_repeats(skus: Sequence[str]) -> None:
    seen: set[str] = set()
    for sku in skus:
        if sku in seen:
            raise ProductRejected(sku, "sku", f'"{sku}" is given twice; give each product once')
        seen.add(sku)

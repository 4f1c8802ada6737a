"""Answers queries: embeds what was asked, searches the current generation, shows the hits."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine

from vsearch.catalog import product_store
from vsearch.catalog.database import storage_errors
from vsearch.catalog.product_store import View
from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.collection_encoder import chosen_encoder, recorded_encoder, require_same
from vsearch.encoder.handle import EncoderHandle
from vsearch.encoder.interface import Encoder, ImageInput
from vsearch.errors import CollectionDamaged, ImageRejected, ProductNotFound
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.manifest import Manifest
from vsearch.layout import Layout
from vsearch.searching.photo import at_hand, name_of
from vsearch.searching.pictures import product_thumbnail, thumbnail
from vsearch.searching.query import Hit, Query
from vsearch.searching.report import Report, render
from vsearch.searching.search import find_products
from vsearch.searching.snapshot import CurrentSnapshot
from vsearch.settings import Settings


class Searcher:
    """The read path of one collection. Safe to share between threads."""

    def __init__(
        self,
        layout: Layout,
        engine: Engine,
        current: CurrentSnapshot,
        settings: Settings,
    ) -> None:
        self._layout = layout
        self._engine = engine
        self._current = current
        self._settings = settings
        self._gate = threading.Lock()
        # By encoder: a collection can be moved to another one while it is being queried.
        self._stores: dict[str, EmbeddingStore] = {}
        self._embeddings: dict[str, CollectionEmbeddings] = {}
        self._handles: dict[str, EncoderHandle] = {}

    def search(self, query: Query) -> list[Hit]:
        """Answer a query; see ``Collection.query``."""
        snapshot = self._current.get()
        without = None
        if query.image is not None:
            embeddings = self._encode(query.image, snapshot.manifest)
        else:
            product_id, views = self._views(query.sku or "")
            embeddings = self._stored(views, snapshot.manifest)
            without = product_id
        if snapshot.index is None or not len(embeddings):
            return []
        with storage_errors(self._engine), self._engine.connect() as connection:
            return find_products(connection, snapshot.index, embeddings, query.k, without=without)

    def load_encoder(self) -> None:
        """Load the encoder, and see that it made the collection's embeddings."""
        self._encoder(self._current.get().manifest)

    def report(self, query: Query, hits: Sequence[Hit], seconds: float) -> str:
        """The query and its hits as an HTML page; ``seconds`` is how long they took."""
        with storage_errors(self._engine), self._engine.connect() as connection:
            products = product_store.count(connection)
        return render(
            Report(
                query_name=query.sku or PurePosixPath(name_of(query.image)).name,
                query_picture=self._query_picture(query),
                hits=hits,
                pictures=[self._picture(hit.image, hit.content_hash) for hit in hits],
                encoder=self._current.get().manifest.encoder.name,
                products=products,
                seconds=seconds,
            )
        )

    def store(self, manifest: Manifest) -> EmbeddingStore:
        """What the backbone of a manifest's encoder has made; opened once."""
        fingerprint = manifest.encoder.backbone_fingerprint
        with self._gate:
            if fingerprint not in self._stores:
                folder = self._layout.embeddings(fingerprint)
                self._stores[fingerprint] = EmbeddingStore(folder, manifest.encoder.backbone_dim)
            return self._stores[fingerprint]

    def embeddings(self, manifest: Manifest) -> CollectionEmbeddings:
        """The embeddings that a manifest's encoder has made, after its head."""
        store, fingerprint = self.store(manifest), manifest.encoder.fingerprint
        with self._gate:
            if fingerprint not in self._embeddings:
                handle = recorded_encoder(manifest, self._settings)
                self._embeddings[fingerprint] = CollectionEmbeddings(store, handle)
            return self._embeddings[fingerprint]

    def not_found(self, sku: str) -> ProductNotFound:
        """The error for a SKU that no product has."""
        return ProductNotFound(f'{self._layout.folder}: no product has the SKU "{sku}"')

    def _encode(self, image: ImageInput, manifest: Manifest) -> npt.NDArray[np.float32]:
        encoder = self._encoder(manifest)
        try:
            return encoder.encode([at_hand(image, self._settings)])
        except ImageRejected as rejected:
            raise ImageRejected(rejected.reason, name_of(image)) from rejected

    def _views(self, sku: str) -> tuple[int, list[View]]:
        with storage_errors(self._engine), self._engine.connect() as connection:
            product_id = product_store.product_id(connection, sku)
            if product_id is None:
                raise self.not_found(sku)
            views = product_store.views_of_products(connection, [product_id])
        return product_id, views.get(product_id, [])

    def _stored(self, views: Sequence[View], manifest: Manifest) -> npt.NDArray[np.float32]:
        stored = self.embeddings(manifest)
        hashes = [view.content_hash for view in views]
        lost = set(stored.missing(hashes))
        if hashes and len(lost) == len(set(hashes)):
            folder = self._layout.embeddings(manifest.encoder.backbone_fingerprint)
            raise CollectionDamaged(
                f"{folder}: the product's embeddings are gone; the next `vsearch index` of its feed"
                " makes them again"
            )
        return stored.get([one for one in hashes if one not in lost])

    def _query_picture(self, query: Query) -> str | None:
        if query.image is not None:
            image = at_hand(query.image, self._settings)
            return thumbnail(image, max_pixels=self._settings.max_pixels)
        _, views = self._views(query.sku or "")
        return self._picture(views[0].address, views[0].content_hash) if views else None

    def _picture(self, address: str, content_hash: str) -> str | None:
        return product_thumbnail(
            address, content_hash, self._layout.downloads, max_pixels=self._settings.max_pixels
        )

    def _encoder(self, manifest: Manifest) -> Encoder:
        with self._gate:
            fingerprint = manifest.encoder.fingerprint
            if fingerprint not in self._handles:
                self._handles[fingerprint] = chosen_encoder(manifest, self._settings)
            handle = self._handles[fingerprint]
        encoder = handle.get()
        require_same(
            manifest,
            handle,
            remedy="query with the encoder that it was built with (leave out --encoder and"
            " --weights)",
        )
        return encoder

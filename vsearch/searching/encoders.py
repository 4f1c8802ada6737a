"""The encoders of a collection and what they have made, opened once for all queries."""

from __future__ import annotations

import threading

from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.collection_encoder import chosen_encoder, recorded_encoder, require_same
from vsearch.encoder.handle import EncoderHandle
from vsearch.encoder.interface import Encoder
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.manifest import Manifest
from vsearch.layout import Layout
from vsearch.settings import Settings


class CollectionEncoders:
    """By fingerprint: a collection can be moved to another encoder while it is queried.

    Safe to share between threads.
    """

    def __init__(self, layout: Layout, settings: Settings) -> None:
        self._layout = layout
        self._settings = settings
        self._gate = threading.Lock()
        self._stores: dict[str, EmbeddingStore] = {}
        self._embeddings: dict[str, CollectionEmbeddings] = {}
        self._handles: dict[str, EncoderHandle] = {}

    def encoder(self, manifest: Manifest) -> Encoder:
        """The encoder to query with, loaded.

        Raises:
            EncoderMismatch: it isn't the one that made the collection's embeddings.
        """
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

    def store(self, manifest: Manifest) -> EmbeddingStore:
        """What the backbone of a manifest's encoder has made."""
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

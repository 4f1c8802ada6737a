"""The encoders of a collection and what they have made, opened once for all queries."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.collection_encoder import chosen_encoder, recorded_encoder, require_same
from vsearch.encoder.handle import EncoderHandle
from vsearch.encoder.interface import Encoder
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.manifest import Manifest
from vsearch.layout import Layout
from vsearch.searching.serving import ServingOptions
from vsearch.settings import Settings

if TYPE_CHECKING:
    from vsearch.encoder.batching import BatchingEncoder


class CollectionEncoders:
    """By fingerprint: a collection can be moved to another encoder while it is queried.

    Safe to share between threads.
    """

    def __init__(
        self, layout: Layout, settings: Settings, serving: ServingOptions | None = None
    ) -> None:
        self._layout = layout
        self._settings = settings
        self._serving = serving
        self._gate = threading.Lock()
        self._stores: dict[str, EmbeddingStore] = {}
        self._embeddings: dict[str, CollectionEmbeddings] = {}
        self._handles: dict[str, EncoderHandle] = {}
        self._batching: dict[str, BatchingEncoder] = {}

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
        return encoder if self._serving is None else self._shared(encoder, self._serving)

    def close(self) -> None:
        """End the threads that encode for many callers, if there are any."""
        with self._gate:
            batching = [*self._batching.values()]
        for encoder in batching:
            encoder.close()

    def _shared(self, encoder: Encoder, serving: ServingOptions) -> Encoder:
        # It imports torch, which the encoder has loaded.
        from vsearch.encoder.batching import BatchingEncoder

        with self._gate:
            if encoder.fingerprint not in self._batching:
                self._batching[encoder.fingerprint] = BatchingEncoder(
                    encoder,
                    queue_size=serving.queue_size,
                    lanes=serving.lanes,
                    observe=serving.observe,
                    observe_batch=serving.observe_batch,
                )
            return self._batching[encoder.fingerprint]

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

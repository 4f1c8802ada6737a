"""A collection's embeddings as its encoder gives them: what is stored, after the head."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from vsearch.encoder.handle import EncoderHandle
from vsearch.encoder.head import Head
from vsearch.encoder.interface import Embeddings
from vsearch.index.embeddings import EmbeddingStore


class CollectionEmbeddings:
    """What an index is made of and a product is looked up by; torch isn't needed for it.

    The store holds what the backbone gives, so that another head costs no encoding. Safe to
    share between threads.
    """

    def __init__(self, store: EmbeddingStore, handle: EncoderHandle) -> None:
        """Prepare; the head is read when the first embedding is asked for.

        Args:
            store: of the encoder's backbone.
            handle: the encoder, which isn't loaded.
        """
        self._store = store
        self._handle = handle

    def missing(self, hashes: Sequence[str]) -> list[str]:
        """Return those content hashes that have no embedding, in their order."""
        return self._store.missing(hashes)

    def get(self, hashes: Sequence[str]) -> Embeddings:
        """Return the (n, dim) float32 embeddings of n content hashes, in their order.

        Raises:
            CollectionDamaged: one of them has none.
            EncoderMismatch: the head isn't the one that was recorded.
            WeightsError: the head's file is missing or damaged.
        """
        embeddings = self._store.get(hashes)
        return embeddings if self._head is None else self._head.apply(embeddings)

    @cached_property
    def _head(self) -> Head | None:
        return self._handle.head

"""Storing what a run has found out, every few seconds, in an order that survives a crash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine

from vsearch.catalog import image_store
from vsearch.catalog.database import storage_errors
from vsearch.catalog.image_records import FoundImage, RejectedSource
from vsearch.index.embeddings import EmbeddingStore
from vsearch.indexing.acquire import Refused
from vsearch.indexing.summary import ImageCounts, RejectedImage

OnRejectedImage = Callable[[RejectedImage], None]

# What a kill -9 can cost. Each flush is a file and a transaction.
_FLUSH_EVERY_S = 4.0
_FLUSH_ROWS = 4_096


class Recorder:
    """Counts and keeps the outcome of every source of one run."""

    def __init__(
        self,
        engine: Engine,
        encoder_id: int,
        store: EmbeddingStore,
        counts: ImageCounts,
        on_rejected: OnRejectedImage,
    ) -> None:
        self._engine = engine
        self._encoder_id = encoder_id
        self._store = store
        self._counts = counts
        self._on_rejected = on_rejected
        self._embeddings: dict[str, npt.NDArray[np.float32]] = {}
        self._found: list[FoundImage] = []
        self._rejected: list[RejectedSource] = []
        self._flushed_at = monotonic()

    def has_embedding(self, content_hash: str) -> bool:
        """Whether this content has been encoded, stored yet or not."""
        return content_hash in self._embeddings or content_hash in self._store

    def add(self, hashes: Sequence[str], embeddings: npt.NDArray[np.float32]) -> None:
        """Take the embeddings of new content, (n, dim) float32; tell of its sources next."""
        self._counts.encoded += len(hashes)
        self._embeddings.update(zip(hashes, embeddings, strict=True))

    def found(self, images: Sequence[FoundImage], *, reused: int) -> None:
        """Take sources whose content has an embedding.

        Args:
            images: what the sources hold.
            reused: how many of them brought no new content.
        """
        self._counts.reused += reused
        self._found += images
        self._flush_if_due()

    def settled(self) -> None:
        """Count a source that needn't be read."""
        self._counts.unchanged += 1

    def refused(self, refused: Refused) -> None:
        """Count, name and note a source that can't be used."""
        source, stamp = refused.source, refused.stamp
        if refused.keeps_image:
            self._counts.outdated += 1
        else:
            self._counts.rejected += 1
            size, mtime_ns = (None, None) if stamp is None else (stamp.size, stamp.mtime_ns)
            self._rejected.append(RejectedSource(source.source_id, refused.reason, size, mtime_ns))
        self._on_rejected(RejectedImage(source.location, refused.explanation))
        self._flush_if_due()

    def flush(self) -> None:
        """Store it all: first the embeddings, then that they are there.

        Killed in between, the next run finds the embeddings by content and encodes nothing.
        """
        embeddings, self._embeddings = self._embeddings, {}
        found, self._found = self._found, []
        rejected, self._rejected = self._rejected, []
        self._flushed_at = monotonic()
        if embeddings:
            self._store.append(list(embeddings), np.stack(list(embeddings.values())))
        if found or rejected:
            with storage_errors(self._engine), self._engine.begin() as connection:
                image_store.record_found(connection, self._encoder_id, found)
                image_store.record_rejected(connection, rejected)

    def _flush_if_due(self) -> None:
        rows = len(self._found) + len(self._rejected)
        if rows >= _FLUSH_ROWS or monotonic() - self._flushed_at > _FLUSH_EVERY_S:
            self.flush()

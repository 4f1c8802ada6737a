"""The second stage: read what the products show, and embed the content that is new."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from time import monotonic

import numpy as np
from sqlalchemy import Engine

from vsearch.catalog import image_store
from vsearch.catalog.database import storage_errors
from vsearch.catalog.image_records import FoundImage, ImageSource
from vsearch.encoder.interface import Encoder, Pixels
from vsearch.encoder.prefetch import prefetch
from vsearch.index.embeddings import EmbeddingStore
from vsearch.indexing.acquire import Acquired, Acquirer, Refused
from vsearch.indexing.progress import Advance
from vsearch.indexing.summary import ImageCounts, RejectedImage

OnRejectedImage = Callable[[RejectedImage], None]

# What a kill -9 can cost. Each flush is a file and a transaction.
_FLUSH_EVERY_S = 4.0
_FLUSH_ROWS = 4_096


@dataclass(slots=True)
class _Unflushed:
    """What has been done but not stored."""

    hashes: list[str] = field(default_factory=list)
    embeddings: list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = field(
        default_factory=list
    )
    found: list[FoundImage] = field(default_factory=list)
    rejected: list[tuple[int, str]] = field(default_factory=list)
    since: float = field(default_factory=monotonic)

    @property
    def is_due(self) -> bool:
        rows = len(self.found) + len(self.rejected)
        return rows >= _FLUSH_ROWS or (rows > 0 and monotonic() - self.since > _FLUSH_EVERY_S)


@dataclass(slots=True)
class _Batch:
    """Pictures that wait for the encoder, and everything whose content is among them."""

    pixels: list[Pixels] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    found: list[FoundImage] = field(default_factory=list)


class Encoding:
    """Embeds the content of sources, storing every few seconds."""

    def __init__(
        self,
        engine: Engine,
        encoder: Encoder,
        encoder_id: int,
        store: EmbeddingStore,
        *,
        batch_size: int,
        on_rejected: OnRejectedImage,
    ) -> None:
        self._engine = engine
        self._encoder = encoder
        self._encoder_id = encoder_id
        self._store = store
        self._batch_size = batch_size
        self._on_rejected = on_rejected
        self._batch = _Batch()
        self._unflushed = _Unflushed()
        self._being_encoded: set[str] = set()

    def run(
        self,
        sources: Iterable[ImageSource],
        acquirer: Acquirer,
        counts: ImageCounts,
        advance: Advance,
        *,
        workers: int,
    ) -> None:
        """Bring every source to its end: encoded, reused or rejected.

        Whatever ends the run early, Ctrl-C included, what has been encoded is stored first.
        """
        # Far enough ahead that a server that answers slowly doesn't hold up the encoder.
        ahead = workers * 4 + self._batch_size * 2
        results = prefetch(acquirer.acquire, sources, workers=workers, ahead=ahead)
        try:
            for result in results:
                self._take(result, counts)
                advance(1)
                if self._unflushed.is_due:
                    self.flush()
            self._encode()
        finally:
            results.close()
            self.flush()

    def _take(self, result: Acquired | Refused, counts: ImageCounts) -> None:
        match result:
            case Refused():
                self._refuse(result, counts)
            case Acquired(found, pixels):
                if found.content_hash in self._being_encoded:
                    counts.reused += 1
                    self._batch.found.append(found)
                elif pixels is None or found.content_hash in self._store:
                    counts.reused += 1
                    self._unflushed.found.append(found)
                else:
                    counts.encoded += 1
                    self._being_encoded.add(found.content_hash)
                    self._batch.pixels.append(pixels)
                    self._batch.hashes.append(found.content_hash)
                    self._batch.found.append(found)
                    if len(self._batch.pixels) >= self._batch_size:
                        self._encode()

    def _refuse(self, refused: Refused, counts: ImageCounts) -> None:
        reason = refused.reason
        if refused.keeps_image:
            counts.outdated += 1
            reason += "; its last known picture stays in use"
        else:
            counts.rejected += 1
            self._unflushed.rejected.append((refused.source.source_id, reason))
        self._on_rejected(RejectedImage(refused.source.location, reason))

    def _encode(self) -> None:
        batch = self._batch
        if not batch.pixels:
            return
        embeddings = self._encoder.encode_prepared(np.stack(batch.pixels))
        self._unflushed.hashes += batch.hashes
        self._unflushed.embeddings.append(embeddings)
        self._unflushed.found += batch.found
        self._batch = _Batch()

    def flush(self) -> None:
        """Store what has been encoded, first the embeddings, then that they are there.

        Killed in between, the next run finds the embeddings by content and encodes nothing.
        """
        done, self._unflushed = self._unflushed, _Unflushed()
        if done.hashes:
            self._store.append(done.hashes, np.concatenate(done.embeddings))
            self._being_encoded.difference_update(done.hashes)
        if done.found or done.rejected:
            with storage_errors(self._engine), self._engine.begin() as connection:
                image_store.record_found(connection, self._encoder_id, done.found)
                image_store.record_rejected(connection, done.rejected)


def pages(
    next_page: Callable[[int], list[ImageSource]], *, start: int = 0
) -> Iterator[ImageSource]:
    """Chain pages of sources into one iterator, each page read when the last is used up."""
    after = start
    while page := next_page(after):
        yield from page
        after = page[-1].source_id

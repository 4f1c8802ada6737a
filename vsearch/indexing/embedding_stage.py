"""The second stage: everything that the products show, read where it is new, and embedded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from time import perf_counter

from sqlalchemy import Connection, Engine

from vsearch.catalog import image_store
from vsearch.catalog.database import storage_errors
from vsearch.catalog.feed_store import FeedRun
from vsearch.catalog.image_records import ImageSource
from vsearch.encoder.handle import EncoderHandle
from vsearch.encoder.interface import Encoder, EncoderIdentity
from vsearch.images.fetch import ImageFetcher
from vsearch.index.embeddings import EmbeddingStore
from vsearch.indexing.acquire import Acquirer, is_settled
from vsearch.indexing.encode import Encoding, OnRejectedImage, pages
from vsearch.indexing.options import IndexOptions
from vsearch.indexing.progress import Advance
from vsearch.indexing.summary import ImageCounts, StageTime
from vsearch.layout import Layout
from vsearch.settings import Settings


class EmbeddingStage:
    """Finds the sources that have to be read, and has them read and embedded."""

    def __init__(
        self,
        layout: Layout,
        engine: Engine,
        store: EmbeddingStore,
        options: IndexOptions,
        settings: Settings,
        on_rejected: OnRejectedImage,
    ) -> None:
        self._layout = layout
        self._engine = engine
        self._store = store
        self._options = options
        self._settings = settings
        self._on_rejected = on_rejected
        self._encoder_id = 0
        self._has_urls = False

    def begin(self, identity: EncoderIdentity) -> int:
        """Register the encoder; return its id.

        Where embeddings were deleted by hand, the catalogue forgets that they were there, and
        they are made again.
        """
        with storage_errors(self._engine), self._engine.begin() as connection:
            self._encoder_id = image_store.encoder_id(
                connection, identity.fingerprint, identity.name, identity.dim
            )
            if image_store.count_encoded(connection, self._encoder_id) > len(self._store):
                hashes = list(image_store.encoded_hashes(connection, self._encoder_id))
                lost = self._store.missing(hashes)
                image_store.forget_encodings(connection, self._encoder_id, lost)
        return self._encoder_id

    def count(self, run: FeedRun | None) -> int:
        """How many sources the products of a run show; those of every feed where it is None."""
        with storage_errors(self._engine), self._engine.connect() as connection:
            total, urls = image_store.count_sources(connection, run)
        self._has_urls = urls > 0
        return total

    def embed(
        self, run: FeedRun | None, handle: EncoderHandle, counts: ImageCounts, bar: Advance
    ) -> list[StageTime]:
        """Bring every source to its end; return how long it took.

        Args:
            run: whose products' sources; those of every feed where it is None.
            handle: the encoder, loaded only where there is something to read.
            counts: what became of the sources is counted here.
            bar: told of every source that has come to its end.
        """
        times: list[StageTime] = []
        with storage_errors(self._engine), self._engine.connect() as connection:
            unsettled = self._unsettled(connection, run, counts, bar)
            first = next(unsettled, None)
            if first is not None:
                started = perf_counter()
                encoder = handle.get()
                loaded = perf_counter()
                self._read_and_encode(chain([first], unsettled), encoder, counts, bar)
                done = counts.encoded + counts.reused
                times = [
                    StageTime("encoder", loaded - started, 0, ""),
                    StageTime("images", perf_counter() - loaded, done, "images"),
                ]
        self._store.compact()
        return times

    def _unsettled(
        self, connection: Connection, run: FeedRun | None, counts: ImageCounts, bar: Advance
    ) -> Iterator[ImageSource]:
        """The sources that have to be read; the others are counted and passed over."""
        for source in pages(partial(image_store.sources, connection, run, self._encoder_id)):
            if is_settled(source, refresh=self._options.refresh):
                counts.unchanged += 1
                bar(1)
            else:
                yield source

    def _read_and_encode(
        self, sources: Iterable[ImageSource], encoder: Encoder, counts: ImageCounts, bar: Advance
    ) -> None:
        encoding = Encoding(
            self._engine,
            encoder,
            self._encoder_id,
            self._store,
            batch_size=self._options.batch_size or encoder.batch_size,
            on_rejected=self._on_rejected,
        )
        settings = self._settings
        # Downloads wait for servers, not for a processor.
        workers = encoder.decoders + (settings.download_workers if self._has_urls else 0)
        with ImageFetcher(
            self._layout.downloads,
            max_bytes=settings.max_download_bytes,
            timeout_s=settings.download_timeout_s,
            attempts=settings.download_attempts,
            workers=settings.download_workers,
        ) as fetcher:
            acquirer = Acquirer(encoder, fetcher, self._store, max_pixels=settings.max_pixels)
            encoding.run(sources, acquirer, counts, bar, workers=workers)

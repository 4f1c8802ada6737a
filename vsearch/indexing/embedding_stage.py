"""The second stage: everything that the products show, read where it is new, and embedded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from time import perf_counter

from sqlalchemy import Engine

from vsearch.catalog import image_store
from vsearch.catalog.database import storage_errors
from vsearch.catalog.feed_store import FeedRun
from vsearch.catalog.image_records import ImageSource
from vsearch.encoder.handle import EncoderHandle
from vsearch.encoder.interface import Encoder, EncoderIdentity
from vsearch.index.embeddings import EmbeddingStore
from vsearch.indexing.acquire import Acquirer, Refused, Settled, judge
from vsearch.indexing.encode import Encoding
from vsearch.indexing.fetching import image_fetcher
from vsearch.indexing.options import IndexOptions
from vsearch.indexing.recorder import OnRejectedImage, Recorder
from vsearch.indexing.summary import ImageCounts, StageTime
from vsearch.layout import Layout
from vsearch.progress import Advance
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
        """Register the encoder's backbone; return its id.

        Where embeddings were deleted by hand, the catalogue forgets that they were there, and
        they are made again.
        """
        with storage_errors(self._engine), self._engine.begin() as connection:
            self._encoder_id = image_store.encoder_id(
                connection,
                identity.backbone_fingerprint,
                identity.name,
                identity.backbone_dim,
            )
            if image_store.count_encoded(connection, self._encoder_id) > len(self._store):
                fingerprint = identity.backbone_fingerprint
                hashes = list(image_store.encoded_hashes(connection, fingerprint))
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
        recorder = Recorder(self._engine, self._encoder_id, self._store, counts, self._on_rejected)
        times: list[StageTime] = []
        to_read = self._to_read(run, recorder, bar)
        first = next(to_read, None)
        if first is not None:
            started = perf_counter()
            encoder = handle.get()
            loaded = perf_counter()
            self._read_and_encode(chain([first], to_read), encoder, recorder, bar)
            done = counts.encoded + counts.reused
            times = [
                StageTime("encoder", loaded - started, 0, ""),
                StageTime("images", perf_counter() - loaded, done, "images"),
            ]
        recorder.flush()
        self._store.compact()
        return times

    def _to_read(
        self, run: FeedRun | None, recorder: Recorder, bar: Advance
    ) -> Iterator[ImageSource]:
        """The sources that have to be read; what becomes of the others is recorded."""
        for source in self._sources(run):
            match judge(
                source,
                refresh=self._options.refresh,
                max_pixels=self._settings.max_pixels,
            ):
                case None:
                    yield source
                    continue
                case Settled():
                    recorder.settled()
                case Refused() as refused:
                    recorder.refused(refused)
            bar(1)

    def _sources(self, run: FeedRun | None) -> Iterator[ImageSource]:
        # A connection for each page: one that stayed open for hours would keep SQLite from
        # shortening its write-ahead log.
        after = 0
        while True:
            with storage_errors(self._engine), self._engine.connect() as connection:
                page = image_store.sources(connection, run, self._encoder_id, after=after)
            if not page:
                return
            yield from page
            after = page[-1].source_id

    def _read_and_encode(
        self, sources: Iterable[ImageSource], encoder: Encoder, recorder: Recorder, bar: Advance
    ) -> None:
        settings = self._settings
        # Downloads wait for servers, not for a processor.
        workers = encoder.decoders + (settings.download_workers if self._has_urls else 0)
        with image_fetcher(self._layout, settings) as fetcher:
            acquirer = Acquirer(encoder, fetcher, self._store, max_pixels=settings.max_pixels)
            batch_size = self._options.batch_size or encoder.batch_size
            encoding = Encoding(encoder, acquirer, recorder, batch_size=batch_size)
            encoding.run(sources, bar, workers=workers)

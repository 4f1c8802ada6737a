"""One run of ``index``, from the feed to the published generation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter

from sqlalchemy import Connection, Engine

from vsearch._version import __version__
from vsearch.catalog import feed_store, image_store, product_store, shown_sources
from vsearch.catalog.database import storage_errors
from vsearch.catalog.feed_store import FeedRun
from vsearch.catalog.feeds.interface import Feed
from vsearch.catalog.opening import claim
from vsearch.catalog.revision import note_indexed
from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.encoder.handle import EncoderHandle
from vsearch.encoder.interface import EncoderIdentity
from vsearch.errors import FeedError
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.manifest import EncoderRecord, Manifest, write_manifest
from vsearch.indexing.acquire import Refused, Settled, judge
from vsearch.indexing.embedding_stage import EmbeddingStage
from vsearch.indexing.ingest import CHANGES, Ingestion
from vsearch.indexing.options import AUTO, IndexOptions
from vsearch.indexing.publishing import Publisher
from vsearch.indexing.score_stage import calibrate_scores
from vsearch.indexing.summary import IndexSummary, RejectedImage, RejectedRow, StageTime
from vsearch.indexing.thumbnails import sweep_thumbnails
from vsearch.indexing.uploads import FEED as UPLOADS
from vsearch.indexing.uploads import Uploads
from vsearch.layout import Layout
from vsearch.progress import Progress
from vsearch.settings import Settings

OnRejected = Callable[[RejectedRow | RejectedImage], None]


class IndexRun:
    """Brings one collection up to date with one feed; the caller holds the writer's lock."""

    def __init__(
        self,
        layout: Layout,
        engine: Engine,
        feed: Feed,
        options: IndexOptions,
        settings: Settings,
        progress: Progress,
        on_rejected: OnRejected,
    ) -> None:
        self._layout = layout
        self._engine = engine
        self._feed = feed
        self._options = options
        self._settings = settings
        self._progress = progress
        self._tell_rejected = on_rejected
        self._summary = IndexSummary(
            feed=str(feed.path), format=feed.format, dry_run=options.dry_run, encoder=""
        )

    def rehearse(self, identity: EncoderIdentity | None) -> IndexSummary:
        """Find what would change, in a transaction that is rolled back.

        Args:
            identity: the collection's encoder; None where there is no collection yet.
        """
        with storage_errors(self._engine), self._engine.connect() as connection:
            run = self._ingest(connection, commit=lambda: None)
            encoder = 0
            if identity is not None:
                self._summary.encoder = identity.name
                encoder = _encoder_id(connection, identity)
            self._foresee(connection, run, encoder)
            connection.rollback()
        return self._summary

    def _foresee(self, connection: Connection, run: FeedRun, encoder: int) -> None:
        images = self._summary.images
        after = 0
        while page := image_store.sources(connection, run, encoder, after=after):
            for source in page:
                match judge(
                    source,
                    refresh=self._options.refresh,
                    max_pixels=self._settings.max_pixels,
                ):
                    case None:
                        images.to_read += 1
                    case Settled():
                        images.unchanged += 1
                    case Refused() as refused:
                        if refused.keeps_image:
                            images.outdated += 1
                        else:
                            images.rejected += 1
                        self._on_rejected(RejectedImage(source.location, refused.explanation))
            after = page[-1].source_id

    def perform(self, before: Manifest | None, handle: EncoderHandle) -> IndexSummary:
        """Do it all: read the feed, encode what is new, publish.

        Args:
            before: the collection as it is; None where there is none yet.
            handle: the encoder that the collection is to have. It is loaded only when
                something has to be encoded.
        """
        identity = handle.identity
        self._summary.encoder = identity.name
        wanted = self._with_choices(before, identity)
        with storage_errors(self._engine), self._engine.connect() as connection:
            run = self._ingest(connection, commit=connection.commit)
        # Another encoder has to encode what other feeds have brought, too.
        is_all = self._options.replace_encoder
        store = EmbeddingStore(
            self._layout.embeddings(identity.backbone_fingerprint), identity.backbone_dim
        )
        embedding = EmbeddingStage(
            self._layout, self._engine, store, self._options, self._settings, self._on_rejected
        )
        encoder_id = embedding.begin(identity)
        listed = None if is_all else run
        with self._progress.stage("images", embedding.count(listed), "images") as bar:
            self._summary.stages += embedding.embed(listed, handle, self._summary.images, bar)
        after = self._publish(before, wanted, CollectionEmbeddings(store, handle), encoder_id)
        calibrate_scores(
            self._layout,
            self._engine,
            after,
            encoder_id,
            store,
            handle,
            max_pixels=self._settings.max_pixels,
            progress=self._progress,
            summary=self._summary,
        )
        return self._summary

    def _with_choices(self, manifest: Manifest | None, identity: EncoderIdentity) -> Manifest:
        """The manifest with the encoder and the kind of index that this run is to give it.

        A new collection's is written at once: from then on it is one, with no index yet.
        """
        requested = self._options.index_kind
        if manifest is None:
            catalogue_id = claim(self._engine, self._layout.folder)
            return write_new_manifest(self._layout, identity, catalogue_id, requested or AUTO)
        return replace(
            manifest,
            encoder=_record(identity),
            dim=identity.dim,
            index_requested=requested or manifest.index_requested,
        )

    def _ingest(self, connection: Connection, *, commit: Callable[[], None]) -> FeedRun:
        self._refuse_pruning_by_changes()
        name = self._options.feed_name or str(self._feed.path.resolve())
        run = feed_store.begin_run(connection, name, self._feed.root, self._feed.format)
        ingestion = Ingestion(
            connection, self._feed, run, commit=commit, on_rejected=self._on_rejected
        )
        self._summary.products = counts = ingestion.counts
        # A folder can't tell beforehand how much there is.
        size, unit = self._feed.size or None, _unit(self._feed)
        with self._timed("feed", "rows") as count, self._progress.stage("feed", size, unit) as bar:
            ingestion.read(bar)
            if self._feed.format == "folder" and not counts.listed + counts.rejected:
                raise FeedError(
                    f"{self._feed.path}: no images and no list of products in this folder; nothing"
                    " was changed"
                )
            count(counts.listed + counts.rejected)
            if self._options.prune:
                self._prune(connection, run, ingestion.nameless)
            image_store.forget_unshown_sources(connection)
            commit()
        self._summary.notes += self._feed.notes
        return run

    def _on_rejected(self, rejected: RejectedRow | RejectedImage) -> None:
        match rejected:
            case RejectedRow():
                self._summary.reasons[f"row: {rejected.field}"] += 1
            case RejectedImage():
                self._summary.reasons[rejected.reason] += 1
        self._tell_rejected(rejected)

    def _refuse_pruning_by_changes(self) -> None:
        if self._options.prune and self._feed.format == CHANGES:
            raise FeedError(
                f"{self._feed.path}: a list of changes doesn't name every product, and --prune"
                " would remove all the others; leave it out"
            )

    def _prune(self, connection: Connection, run: FeedRun, nameless: int) -> None:
        if not self._summary.products.listed:
            raise FeedError(
                f"{self._feed.path}: not one product could be read, and --prune would remove all"
                " of this feed; nothing was removed"
            )
        if nameless:
            # Any product that this run didn't list may be the one of such a row.
            self._summary.notes.append(
                f"--prune removed nothing: {nameless:,} rejected rows don't tell which product they"
                " are about; mend them and run it again"
            )
            return
        self._summary.products.removed += product_store.prune(connection, run)

    def _publish(
        self,
        before: Manifest | None,
        wanted: Manifest,
        embeddings: CollectionEmbeddings,
        encoder_id: int,
    ) -> Manifest:
        is_other_encoder = (
            before is None or before.encoder.fingerprint != wanted.encoder.fingerprint
        )
        with (
            self._timed("index", "embeddings") as count,
            storage_errors(self._engine),
            self._engine.connect() as connection,
        ):
            publisher = Publisher(self._layout, connection, encoder_id, embeddings, self._progress)
            after = publisher.publish(wanted, rebuild=self._options.rebuild or is_other_encoder)
            count(publisher.added)
            self._tidy(connection, after)
        if after == wanted and wanted != before:
            write_manifest(self._layout.folder, wanted)
        self._summary.index_kind = after.index_kind
        self._summary.index_size = after.index_size
        self._summary.generation = after.generation
        self._summary.published = after.generation != wanted.generation
        return after

    def _tidy(self, connection: Connection, after: Manifest) -> None:
        """Remove the files of images that nothing shows any more; note that all is published."""
        Uploads(self._layout.uploads).sweep(shown_sources.locations_of(connection, UPLOADS))
        sweep_thumbnails(self._layout.thumbnails, connection)
        note_indexed(connection, after.generation)
        connection.commit()

    @contextmanager
    def _timed(self, name: str, unit: str) -> Iterator[Callable[[int], None]]:
        """Measure a stage; what is yielded takes how much it did."""
        started, done = perf_counter(), 0

        def count(number: int) -> None:
            nonlocal done
            done += number

        yield count
        self._summary.stages.append(StageTime(name, perf_counter() - started, done, unit))


def write_new_manifest(
    layout: Layout, identity: EncoderIdentity, catalogue_id: str, index_requested: str = AUTO
) -> Manifest:
    """Make a folder with a database into a collection that has no index yet."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = Manifest(
        encoder=_record(identity),
        dim=identity.dim,
        created_at=now,
        updated_at=now,
        written_by=__version__,
        catalogue_id=catalogue_id,
        index_requested=index_requested,
    )
    write_manifest(layout.folder, manifest)
    return manifest


def _record(identity: EncoderIdentity) -> EncoderRecord:
    return EncoderRecord(
        architecture=identity.spec.architecture,
        weights=identity.spec.weights,
        name=identity.name,
        fingerprint=identity.fingerprint,
        backbone_fingerprint=identity.backbone_fingerprint,
        backbone_dim=identity.backbone_dim,
        head=identity.spec.head,
    )


def _unit(feed: Feed) -> str:
    return "bytes" if feed.size and feed.format != "parquet" else "rows"


def _encoder_id(connection: Connection, identity: EncoderIdentity) -> int:
    return image_store.encoder_id(
        connection, identity.backbone_fingerprint, identity.name, identity.backbone_dim
    )

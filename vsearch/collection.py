"""A collection: one catalogue, one index, one encoder, one folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine

from vsearch.catalog import database, image_store, product_store
from vsearch.catalog.feeds import open_feed
from vsearch.catalog.product import Product, is_url
from vsearch.collection_encoder import chosen_encoder, recorded_identity, require_same
from vsearch.encoder.interface import ImageInput
from vsearch.errors import (
    CollectionDamaged,
    CollectionError,
    CollectionNotFound,
    ImageRejected,
    ProductNotFound,
)
from vsearch.images.fetch import ImageFetcher
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.generation import verify_generation
from vsearch.index.manifest import Manifest, read_manifest
from vsearch.indexing.lock import writing
from vsearch.indexing.options import IndexOptions
from vsearch.indexing.progress import Progress, Silence
from vsearch.indexing.removal import Removal, remove_products
from vsearch.indexing.run import IndexRun, OnRejected, write_new_manifest
from vsearch.indexing.summary import IndexSummary, RejectedImage
from vsearch.layout import Layout
from vsearch.searching.export import ExportedProduct, export_products
from vsearch.searching.pictures import product_thumbnail, thumbnail
from vsearch.searching.query import DEFAULT_K, Hit, Query
from vsearch.searching.report import Report, render
from vsearch.searching.search import find_products
from vsearch.searching.snapshot import CurrentSnapshot
from vsearch.searching.status import CollectionStatus, read_status
from vsearch.settings import Settings
from vsearch.storage import storage_errors


class Collection:
    """A catalogue that can be searched by photo.

    ``open`` one that is there, ``create`` a new one, and use it as a context manager or
    ``close`` it. Reading (``query``, ``search``, ``product``, ``status``) is safe from many
    threads, also while another process writes: a new generation of the index is picked up
    by the next query. One process writes at a time.
    """

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Open; ``Collection.open`` is the same, and reads better."""
        self._layout = Layout(folder)
        self._settings = settings
        self._current = CurrentSnapshot(self._layout)
        self._handle = chosen_encoder(self.manifest, settings)
        self._engine = _reading_engine(self._layout, settings)
        try:
            database.check(self._engine)
        except BaseException:
            self._engine.dispose()
            raise

    @classmethod
    def open(cls, folder: str | Path, *, settings: Settings | None = None) -> Self:
        """Open a collection for queries and changes.

        Args:
            folder: where it is.
            settings: the configuration; None reads the ``VSEARCH_*`` variables.

        Raises:
            CollectionNotFound: there is no collection.
            CollectionFormatError: a newer vsearch has written it.
            CollectionDamaged: its files don't fit together.
        """
        return cls(Path(folder), settings or Settings.from_environment())

    @classmethod
    def create(cls, folder: str | Path, *, settings: Settings | None = None) -> Self:
        """Make an empty collection for the encoder that the settings name, and open it.

        Raises:
            CollectionError: there is one already.
            EncoderError: the encoder can't be loaded.
            StorageError: the folder can't be written.
        """
        settings = settings or Settings.from_environment()
        layout = Layout(Path(folder))
        with writing(layout):
            if layout.manifest.exists():
                raise CollectionError(f"{folder}: there is a collection already; open it")
            handle = chosen_encoder(None, settings)
            with _writing_engine(layout, settings) as engine:
                database.migrate(engine)
            write_new_manifest(layout, handle.identity)
        return cls.open(folder, settings=settings)

    @classmethod
    def index_into(
        cls,
        folder: str | Path,
        feed: str | Path,
        *,
        options: IndexOptions | None = None,
        settings: Settings | None = None,
        progress: Progress | None = None,
        on_rejected: OnRejected | None = None,
    ) -> IndexSummary:
        """Bring the collection in a folder up to date with a feed, making it if need be.

        Args:
            folder: where the collection is, or is to be.
            feed: a folder of images or a feed's file.
            options: how to go about it.
            settings: the configuration; None reads the ``VSEARCH_*`` variables.
            progress: told how far the run has come.
            on_rejected: told of every row and image that is skipped.

        Raises:
            FeedError: the feed as a whole can't be read.
            EncoderMismatch: the collection was built with another encoder.
            CollectionLocked: another process is writing.
            StorageError: the disk is full or can't be written.
        """
        options = options or IndexOptions()
        settings = settings or Settings.from_environment()
        layout = Layout(Path(folder))
        opened = open_feed(
            Path(feed), format=options.format, mapping=options.mapping, encoding=options.encoding
        )

        def run_with(engine: Engine) -> IndexRun:
            return IndexRun(
                layout,
                engine,
                opened,
                options,
                settings,
                progress or Silence(),
                on_rejected or (lambda _rejected: None),
            )

        if options.dry_run and not layout.manifest.exists():
            engine = database.in_memory_engine()
            database.migrate(engine)
            return run_with(engine).rehearse(None)
        with writing(layout):
            manifest = _manifest_or_none(layout)
            handle = chosen_encoder(manifest, settings)
            if manifest is not None and not options.replace_encoder:
                require_same(
                    manifest,
                    handle,
                    remedy="leave out --encoder and --weights, index into another folder, or"
                    " encode the catalogue anew with --replace-encoder",
                )
            with _writing_engine(layout, settings) as engine:
                database.migrate(engine)
                run = run_with(engine)
                if options.dry_run:
                    return run.rehearse(None if manifest is None else recorded_identity(manifest))
                return run.perform(manifest, handle)

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self._layout.folder

    @property
    def manifest(self) -> Manifest:
        """What it is now: its encoder, and the current generation of its index."""
        return self._current.get().manifest

    def index(
        self,
        feed: str | Path,
        *,
        options: IndexOptions | None = None,
        progress: Progress | None = None,
        on_rejected: OnRejected | None = None,
    ) -> IndexSummary:
        """Bring this collection up to date with a feed; as ``index_into``."""
        return self.index_into(
            self.folder,
            feed,
            options=options,
            settings=self._settings,
            progress=progress,
            on_rejected=on_rejected,
        )

    def query(
        self,
        *,
        image: ImageInput | None = None,
        sku: str | None = None,
        k: int = DEFAULT_K,
    ) -> list[Hit]:
        """Find the k products that look most like an image, or like another product.

        Args:
            image: a path, an http(s) URL, the bytes of an image file, a PIL image, or an
                (h, w, 3) uint8 RGB array.
            sku: instead of an image, a product of this collection; it isn't among the hits.
            k: how many products, 1 to 10,000; fewer come back only where there are fewer.

        Returns:
            Distinct products, the best first, each with the image of it that matched best.

        Raises:
            QueryError: not exactly one of ``image`` and ``sku`` is given, or k is out of range.
            ImageRejected: the image can't be read.
            ProductNotFound: no product has this SKU.
            EncoderMismatch: the encoder at hand isn't the one that made the embeddings.
        """
        return self.search(Query(image=image, sku=sku, k=k))

    def search(self, query: Query) -> list[Hit]:
        """Answer a query; as ``query``."""
        snapshot = self._current.get()
        if query.image is not None:
            embeddings = self._encode(query.image, snapshot.manifest)
            without = None
        else:
            embeddings, without = self._stored(query.sku or "", snapshot.manifest)
        if snapshot.index is None or not len(embeddings):
            return []
        with database.storage_errors(self._engine), self._engine.connect() as connection:
            return find_products(connection, snapshot.index, embeddings, query.k, without=without)

    def load_encoder(self) -> None:
        """Load the encoder now; otherwise the first query by image does, and takes seconds.

        Raises:
            EncoderMismatch: it isn't the one that made the collection's embeddings.
        """
        self._handle.get()
        self._require_same(self.manifest)

    def product(self, sku: str) -> Product:
        """The product with this SKU.

        Raises:
            ProductNotFound: there is none.
        """
        with database.storage_errors(self._engine), self._engine.connect() as connection:
            product = product_store.find(connection, sku)
        if product is None:
            raise self._not_found(sku)
        return product

    def remove(self, skus: Sequence[str]) -> Removal:
        """Remove products, and publish an index without them.

        Raises:
            CollectionLocked: another process is writing.
        """
        with writing(self._layout), _writing_engine(self._layout, self._settings) as engine:
            database.migrate(engine)
            return remove_products(self._layout, engine, read_manifest(self.folder), skus)

    def export(self, *, embeddings: bool = False) -> Iterator[ExportedProduct]:
        """Every product in the order it was added, with its images and, on request, embeddings."""
        manifest = self.manifest
        store = self._store(manifest) if embeddings else None
        with database.storage_errors(self._engine), self._engine.connect() as connection:
            yield from export_products(connection, store)

    def status(self) -> CollectionStatus:
        """What the collection holds."""
        with database.storage_errors(self._engine), self._engine.connect() as connection:
            return read_status(connection, self._layout, self.manifest)

    def rejected_images(self) -> list[RejectedImage]:
        """The images that products name and that can't be used, each with the reason."""
        with database.storage_errors(self._engine), self._engine.connect() as connection:
            return [
                RejectedImage(source.location, source.reason)
                for source in image_store.rejected_sources(connection)
            ]

    def verify(self) -> None:
        """Read every file of the index and the embeddings and compare its checksum.

        Raises:
            CollectionDamaged: one differs; the message names it and the remedy.
        """
        manifest = self.manifest
        if manifest.generation:
            verify_generation(self.folder, manifest)
        self._store(manifest).verify()

    def write_report(
        self,
        file: Path,
        hits: Sequence[Hit],
        *,
        image: ImageInput | None = None,
        sku: str | None = None,
        seconds: float,
    ) -> None:
        """Write a query and its hits as one HTML page with pictures.

        Args:
            file: where to; an older one is replaced.
            hits: what ``query`` returned.
            image: the image that was asked with.
            sku: or the product.
            seconds: how long the query took.

        Raises:
            StorageError: the file can't be written.
        """
        with database.storage_errors(self._engine), self._engine.connect() as connection:
            products = product_store.count(connection)
        page = render(
            Report(
                query_name=sku or _name(image),
                query_picture=self._query_thumbnail(image, sku),
                hits=hits,
                pictures=[self._thumbnail(hit.image, hit.content_hash) for hit in hits],
                encoder=self.manifest.encoder.name,
                products=products,
                seconds=seconds,
            )
        )
        with storage_errors(file):
            file.write_text(page, encoding="utf-8")

    def close(self) -> None:
        """Let go of the database; the collection can't be used afterwards."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _encode(self, image: ImageInput, manifest: Manifest) -> npt.NDArray[np.float32]:
        encoder = self._handle.get()
        self._require_same(manifest)
        try:
            return encoder.encode([self._downloaded(image)])
        except ImageRejected as rejected:
            named = str(image) if isinstance(image, str | Path) else "the photo"
            raise ImageRejected(rejected.reason, named) from rejected

    def _downloaded(self, image: ImageInput) -> ImageInput:
        return self._download(image) if isinstance(image, str) and is_url(image) else image

    def _download(self, url: str) -> bytes:
        # A query's photo is no part of the catalogue: it isn't kept.
        with (
            tempfile.TemporaryDirectory(prefix="vsearch-") as folder,
            ImageFetcher(
                Path(folder),
                max_bytes=self._settings.max_download_bytes,
                timeout_s=self._settings.download_timeout_s,
                attempts=self._settings.download_attempts,
                workers=1,
            ) as fetcher,
        ):
            return fetcher.fetch(url).data

    def _stored(self, sku: str, manifest: Manifest) -> tuple[npt.NDArray[np.float32], int]:
        with database.storage_errors(self._engine), self._engine.connect() as connection:
            product_id = product_store.product_id(connection, sku)
            if product_id is None:
                raise self._not_found(sku)
            views = product_store.views_of_products(connection, [product_id]).get(product_id, [])
        store = self._store(manifest)
        hashes = [view.content_hash for view in views]
        lost = set(store.missing(hashes))
        return store.get([one for one in hashes if one not in lost]), product_id

    def _query_thumbnail(self, image: ImageInput | None, sku: str | None) -> str | None:
        if image is not None:
            return thumbnail(self._downloaded(image), max_pixels=self._settings.max_pixels)
        with database.storage_errors(self._engine), self._engine.connect() as connection:
            number = product_store.product_id(connection, sku or "")
            views = product_store.views_of_products(connection, [number or 0]).get(number or 0, [])
        return self._thumbnail(views[0].address, views[0].content_hash) if views else None

    def _thumbnail(self, address: str, content_hash: str) -> str | None:
        return product_thumbnail(
            address, content_hash, self._layout.downloads, max_pixels=self._settings.max_pixels
        )

    def _store(self, manifest: Manifest) -> EmbeddingStore:
        return EmbeddingStore(self._layout.embeddings(manifest.encoder.fingerprint), manifest.dim)

    def _require_same(self, manifest: Manifest) -> None:
        require_same(
            manifest,
            self._handle,
            remedy="query with the encoder that it was built with (leave out --encoder and"
            " --weights)",
        )

    def _not_found(self, sku: str) -> ProductNotFound:
        return ProductNotFound(f'{self.folder}: no product has the SKU "{sku}"')


def _name(image: ImageInput | None) -> str:
    return Path(image).name if isinstance(image, str | Path) else "photo"


def _manifest_or_none(layout: Layout) -> Manifest | None:
    try:
        return read_manifest(layout.folder)
    except CollectionNotFound:
        return None


def _reading_engine(layout: Layout, settings: Settings) -> Engine:
    if settings.database_url is not None:
        return database.open_engine(settings.database_url)
    if not layout.database.exists():
        # SQLite would make an empty one.
        raise CollectionDamaged(
            f"{layout.database}: no such file; put back a copy of it, or index the feed into a"
            " new folder"
        )
    read_only = not os.access(layout.folder, os.W_OK)
    return database.open_engine(database.sqlite_url(layout.database, read_only=read_only))


def _writing_engine(layout: Layout, settings: Settings) -> AbstractContextManager[Engine]:
    url = settings.database_url or database.sqlite_url(layout.database)
    return database.disposing(database.open_engine(url))

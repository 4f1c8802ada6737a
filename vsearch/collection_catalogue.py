"""What a collection tells of itself: products, pictures, figures, whether it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vsearch.access.key_store import KeyStore
from vsearch.catalog import database, image_store, product_store
from vsearch.catalog.opening import reading_engine
from vsearch.catalog.product import Product
from vsearch.catalog.product_pages import (
    ProductPage,
    StoredProduct,
    find_stored,
    product_page,
)
from vsearch.events.shop_events import ShopEvents
from vsearch.index.manifest import Manifest
from vsearch.indexing.summary import RejectedImage
from vsearch.indexing.verification import verify_collection
from vsearch.layout import Layout
from vsearch.searching.export import ExportedProduct, export_products
from vsearch.searching.overview import Overview
from vsearch.searching.searcher import Searcher
from vsearch.searching.serving import ServingOptions
from vsearch.searching.snapshot import CurrentSnapshot
from vsearch.searching.status import CollectionStatus, read_status
from vsearch.searching.stored_pictures import StoredPictures
from vsearch.settings import Settings


class CollectionCatalogue:
    """A collection as it lies there: its products, their pictures, its state. Thread-safe."""

    def __init__(
        self, folder: Path, settings: Settings, serving: ServingOptions | None = None
    ) -> None:
        """Open it; see ``Collection.open``."""
        self._layout = Layout(folder)
        self._settings = settings
        self._current = CurrentSnapshot(self._layout)
        self._engine = reading_engine(self._layout, settings, self.manifest.catalogue_id)
        self._searcher = Searcher(self._layout, self._engine, self._current, settings, serving)
        self._pictures = StoredPictures(self._layout, self._engine, settings)
        self._events = ShopEvents(self._engine, self._layout.behaviour)

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self._layout.folder

    @property
    def manifest(self) -> Manifest:
        """What it is now: its encoder, and the current generation of its index."""
        return self._current.get().manifest

    @property
    def keys(self) -> KeyStore:
        """Who may use it as a service."""
        return KeyStore(self._engine)

    @property
    def events(self) -> ShopEvents:
        """What shoppers did with its products."""
        return self._events

    def product(self, sku: str) -> Product:
        """The product with this SKU.

        Raises:
            ProductNotFound: there is none.
        """
        with database.storage_errors(self._engine), self._engine.connect() as connection:
            product = product_store.find(connection, sku)
        if product is None:
            raise self._searcher.examples.not_found(sku)
        return product

    def products(
        self, *, where: str = "", words: str = "", after: int = 0, k: int = 100
    ) -> ProductPage:
        """A page of products: the oldest first, or those first that fit words best.

        Args:
            where: a filter; all where it is empty.
            words: what their texts have to hold; anything where it is empty.
            after: ``ProductPage.after`` of the page before; 0 for the first page.
            k: how many, 1 to 1,000.

        Raises:
            FilterError: the filter can't be read, or doesn't fit the catalogue.
            QueryError: k is out of range, or ``after`` names no product that the words find.
        """
        with database.storage_errors(self._engine), self._engine.connect() as connection:
            return product_page(connection, where=where, words=words, after=after, k=k)

    def stored_product(self, sku: str) -> StoredProduct:
        """The product with this SKU, with its images' contents and the feed it belongs to.

        Raises:
            ProductNotFound: there is none.
        """
        with database.storage_errors(self._engine), self._engine.connect() as connection:
            found = find_stored(connection, sku)
        if found is None:
            raise self._searcher.examples.not_found(sku)
        return found

    def image(self, content_hash: str) -> bytes:
        """The image file with this content, as it was indexed.

        Raises:
            PictureNotFound: no product shows it, or its file is gone or has changed.
        """
        return self._pictures.original(content_hash)

    def thumbnail(self, content_hash: str, side: int = 320) -> bytes:
        """A small copy of an image as a WebP file; it is kept in the collection's folder.

        Args:
            content_hash: of the image.
            side: how long its long side is to be in pixels; 80, 160, 320, 640 or 1280, to the
                next of which it is raised. Nothing is enlarged.

        Raises:
            PictureNotFound: as ``image``.
        """
        return self._pictures.thumbnail(content_hash, side)

    def export(self, *, embeddings: bool = False) -> Iterator[ExportedProduct]:
        """Every product in the order it was added, with its images and, on request, embeddings."""
        manifest = self.manifest
        found = self._searcher.encoders.embeddings(manifest) if embeddings else None
        with database.storage_errors(self._engine), self._engine.connect() as connection:
            yield from export_products(connection, found)

    def status(self) -> CollectionStatus:
        """What the collection holds."""
        with database.storage_errors(self._engine), self._engine.connect() as connection:
            return read_status(connection, self._layout, self.manifest)

    def overview(self) -> Overview:
        """How many products there are, and which fields are worth counting. Quick."""
        with database.storage_errors(self._engine), self._engine.connect() as connection:
            return self._searcher.overviews.of(connection, self._current.get())

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
        store = self._searcher.encoders.store(manifest)
        verify_collection(self._layout, self._engine, manifest, store)

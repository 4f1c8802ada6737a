"""A collection as catalogue care reads it: one connection, one generation, its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from sqlalchemy import Connection

from vsearch.calibration.calibration import Calibration
from vsearch.calibration.file import read_calibration
from vsearch.catalog import database, image_store
from vsearch.catalog.opening import reading_engine
from vsearch.catalog.product_views import View
from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.collection_encoder import recorded_encoder
from vsearch.errors import ImageRejected
from vsearch.images.load import open_image
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.interface import Embeddings, Ids, VectorIndex
from vsearch.index.manifest import Manifest
from vsearch.layout import Layout
from vsearch.searching.pictures import product_picture
from vsearch.searching.snapshot import CurrentSnapshot
from vsearch.settings import Settings


@dataclass(frozen=True, slots=True)
class Gallery:
    """What a collection holds at one moment. ``picture`` may be called from many threads."""

    name: str
    """The collection's folder, for people."""
    connection: Connection
    manifest: Manifest
    index: VectorIndex | None
    """None where nothing has been published yet."""
    calibration: Calibration | None
    """None where none has been fitted."""
    _embeddings: CollectionEmbeddings
    _downloads: Path
    _max_pixels: int

    def image_ids(self) -> Ids:
        """(n,) int64, ascending: the published images whose embeddings are there."""
        if self.index is None:
            return np.empty(0, dtype=np.int64)
        ids = np.sort(self.index.ids)
        hashes = image_store.content_hashes(self.connection, ids)
        lost = set(self._embeddings.missing(hashes))
        return ids[[content_hash not in lost for content_hash in hashes]] if lost else ids

    def embeddings(self, image_ids: Ids) -> Embeddings:
        """(n, dim) float32, L2-normalised, of n images in their order."""
        return self._embeddings.get(image_store.content_hashes(self.connection, image_ids))

    def picture(self, view: View, min_side: int) -> Image.Image | None:
        """The picture of a view, RGB; None where it can't be had or read any more.

        Args:
            view: which picture.
            min_side: in pixels; a JPEG may be decoded smaller, at least twice this.
        """
        source = product_picture(view.address, view.content_hash, self._downloads)
        if source is None:
            return None
        try:
            return open_image(source, max_pixels=self._max_pixels, min_side=min_side)
        except ImageRejected:
            return None


@contextmanager
def opened_gallery(settings: Settings) -> Iterator[Gallery]:
    """Open the collection that the settings name, for reading.

    Raises:
        CollectionNotFound: there is none.
        CollectionDamaged: its files don't fit together.
    """
    layout = Layout(settings.collection)
    snapshot = CurrentSnapshot(layout).get()
    manifest = snapshot.manifest
    encoder = manifest.encoder
    store = EmbeddingStore(layout.embeddings(encoder.backbone_fingerprint), encoder.backbone_dim)
    engine = reading_engine(layout, settings, manifest.catalogue_id)
    try:
        with database.storage_errors(engine), engine.connect() as connection:
            yield Gallery(
                str(layout.folder),
                connection,
                manifest,
                snapshot.index,
                read_calibration(layout, manifest),
                CollectionEmbeddings(store, recorded_encoder(manifest, settings)),
                layout.downloads,
                settings.max_pixels,
            )
    finally:
        engine.dispose()

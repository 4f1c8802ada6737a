"""What an indexed collection has to learn from: products, their pictures and the embeddings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from vsearch.catalog import database, product_store, product_views
from vsearch.catalog.opening import reading_engine
from vsearch.catalog.product import Product
from vsearch.catalog.product_views import View
from vsearch.collection_encoder import recorded_encoder
from vsearch.encoder.handle import EncoderHandle
from vsearch.encoder.interface import Embeddings
from vsearch.errors import TrainingError
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.manifest import read_manifest
from vsearch.layout import Layout
from vsearch.settings import Settings

_PAGE = 1_000


@dataclass(frozen=True)
class Catalogue:
    """A collection as a training sees it, all in memory."""

    layout: Layout

    encoder: EncoderHandle
    """The collection's own; not loaded yet."""

    products: Sequence[Product]

    pictures: Sequence[View]
    """Each picture of each product that has an embedding, product by product."""

    product_of: npt.NDArray[np.int64]
    """(n,) for each picture its product's place in ``products``."""

    embeddings: Embeddings
    """(n, dim) float32, L2-normalised: what the backbone gives for each picture."""

    without_embedding: int
    """Pictures that are left out because they have none."""


def read_catalogue(folder: Path, settings: Settings) -> Catalogue:
    """Read a collection's products and stored embeddings; no picture is opened.

    Raises:
        CollectionNotFound: there is no collection.
        CollectionDamaged: its files don't fit together.
        TrainingError: no picture of it has been encoded.
    """
    layout, manifest = Layout(folder), read_manifest(folder)
    encoder = recorded_encoder(manifest, settings)
    engine = reading_engine(layout, settings, manifest.catalogue_id)
    with (
        database.disposing(engine),
        database.storage_errors(engine),
        engine.connect() as connection,
    ):
        products, pictures, product_of = _read(connection)
    record = manifest.encoder
    store = EmbeddingStore(layout.embeddings(record.backbone_fingerprint), record.backbone_dim)
    missing = set(store.missing(list({picture.content_hash for picture in pictures})))
    kept = [row for row, picture in enumerate(pictures) if picture.content_hash not in missing]
    if not kept:
        raise TrainingError(
            f"{folder}: none of its {len(products):,} products has an encoded picture; run"
            f" `vsearch index FEED --collection {folder}` first"
        )
    pictures_kept = [pictures[row] for row in kept]
    return Catalogue(
        layout=layout,
        encoder=encoder,
        products=products,
        pictures=pictures_kept,
        product_of=product_of[kept],
        embeddings=store.get([picture.content_hash for picture in pictures_kept]),
        without_embedding=len(pictures) - len(kept),
    )


def _read(connection: Connection) -> tuple[list[Product], list[View], npt.NDArray[np.int64]]:
    products: list[Product] = []
    pictures: list[View] = []
    product_of: list[int] = []
    for page in _pages(product_store.iterate(connection)):
        views = product_views.views_of_products(connection, [number for number, _ in page])
        for number, product in page:
            own = views.get(number, ())
            pictures += own
            product_of += [len(products)] * len(own)
            products.append(product)
    return products, pictures, np.array(product_of, np.int64)


def _pages(products: Iterator[tuple[int, Product]]) -> Iterator[list[tuple[int, Product]]]:
    while page := list(islice(products, _PAGE)):
        yield page

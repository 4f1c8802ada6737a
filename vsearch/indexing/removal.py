"""Removing products by SKU, from the catalogue and from the index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from vsearch.catalog import image_store, product_store
from vsearch.catalog.database import storage_errors
from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.encoder.handle import EncoderHandle
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.manifest import Manifest
from vsearch.indexing.publishing import Publisher
from vsearch.layout import Layout
from vsearch.progress import Silence


@dataclass(frozen=True, slots=True)
class Removal:
    """What became of the SKUs that were to be removed."""

    removed: tuple[str, ...]
    unknown: tuple[str, ...]
    """No product has them."""


def remove_products(
    layout: Layout,
    engine: Engine,
    manifest: Manifest,
    handle: EncoderHandle,
    skus: Sequence[str],
) -> Removal:
    """Remove products and publish an index without them; the caller holds the writer's lock.

    Their embeddings stay: a product that comes back costs nothing.

    Args:
        layout: of the collection.
        engine: its catalogue.
        manifest: the collection as it is.
        handle: its encoder, which isn't loaded; its head may be needed.
        skus: which products.
    """
    with storage_errors(engine), engine.begin() as connection:
        removed = product_store.remove(connection, skus)
        image_store.forget_unshown_sources(connection)
    if removed and manifest.generation:
        record = manifest.encoder
        store = EmbeddingStore(layout.embeddings(record.backbone_fingerprint), record.backbone_dim)
        embeddings = CollectionEmbeddings(store, handle)
        with storage_errors(engine), engine.connect() as connection:
            encoder = image_store.encoder_id(
                connection, record.backbone_fingerprint, record.name, record.backbone_dim
            )
            Publisher(layout, connection, encoder, embeddings, Silence()).publish(
                manifest, rebuild=False
            )
    gone = set(removed)
    wanted = dict.fromkeys(skus)
    return Removal(
        tuple(sku for sku in wanted if sku in gone), tuple(sku for sku in wanted if sku not in gone)
    )

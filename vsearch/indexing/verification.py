"""Whether everything on the disk is what was written there."""

from __future__ import annotations

from sqlalchemy import Engine

from vsearch.catalog import image_store
from vsearch.catalog.database import storage_errors
from vsearch.errors import CollectionDamaged
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.generation import verify_generation
from vsearch.index.manifest import Manifest
from vsearch.layout import Layout


def verify_collection(
    layout: Layout, engine: Engine, manifest: Manifest, store: EmbeddingStore
) -> None:
    """Read every file of the index and the embeddings and compare its checksum.

    Raises:
        CollectionDamaged: one differs; the message names it and the remedy.
    """
    if manifest.generation:
        verify_generation(layout.folder, manifest)
    store.verify()
    with storage_errors(engine), engine.connect() as connection:
        fingerprint = manifest.encoder.backbone_fingerprint
        lost = store.missing(list(image_store.encoded_hashes(connection, fingerprint)))
    if lost:
        raise CollectionDamaged(
            f"{layout.folder / 'embeddings'}: {len(lost):,} embeddings are gone; the next"
            " `vsearch index` of the feed makes them again"
        )

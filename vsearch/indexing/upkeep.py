"""What a collection needs now and then that no change of it waits for."""

from __future__ import annotations

from vsearch.calibration.calibrate import is_due
from vsearch.catalog import image_store
from vsearch.catalog.database import storage_errors
from vsearch.catalog.opening import writing_engine
from vsearch.collection_encoder import recorded_encoder
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.manifest import read_manifest
from vsearch.indexing.lock import writing
from vsearch.indexing.score_stage import calibrate_scores
from vsearch.indexing.summary import IndexSummary
from vsearch.layout import Layout
from vsearch.progress import Progress
from vsearch.settings import Settings


def needs_scores(layout: Layout) -> bool:
    """Whether what scores mean is to be fitted: products that are put one by one don't do it."""
    return is_due(layout, read_manifest(layout.folder))


def fit_scores(
    layout: Layout, settings: Settings, progress: Progress, *, patience_s: float
) -> IndexSummary:
    """Fit what scores mean, if that is due still when the writer's lock is had.

    Args:
        layout: of the collection.
        settings: the configuration.
        progress: told how far it is.
        patience_s: how long to wait for another writer to end, in seconds.

    Raises:
        CollectionLocked: another process has been writing for that long.
    """
    with writing(layout, patience_s=patience_s):
        manifest = read_manifest(layout.folder)
        record = manifest.encoder
        summary = IndexSummary(feed="", format="", dry_run=False, encoder=record.name)
        with writing_engine(layout, settings, manifest.catalogue_id) as engine:
            with storage_errors(engine), engine.connect() as connection:
                backbone = image_store.find_encoder(connection, record.backbone_fingerprint)
            if backbone is None:
                return summary
            calibrate_scores(
                layout,
                engine,
                manifest,
                backbone,
                EmbeddingStore(layout.embeddings(record.backbone_fingerprint), record.backbone_dim),
                recorded_encoder(manifest, settings),
                max_pixels=settings.max_pixels,
                progress=progress,
                summary=summary,
            )
    return summary

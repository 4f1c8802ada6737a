"""The stage after publishing: what scores mean is fitted anew where that is due."""

from __future__ import annotations

from time import perf_counter

from sqlalchemy import Engine

from vsearch.calibration.calibrate import Calibrator, forget_stale, is_due
from vsearch.catalog.database import storage_errors
from vsearch.encoder.handle import EncoderHandle
from vsearch.errors import VsearchError
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.manifest import Manifest
from vsearch.indexing.summary import IndexSummary, StageTime
from vsearch.layout import Layout
from vsearch.progress import Progress


def calibrate_scores(
    layout: Layout,
    engine: Engine,
    manifest: Manifest,
    encoder_id: int,
    store: EmbeddingStore,
    handle: EncoderHandle,
    *,
    max_pixels: int,
    progress: Progress,
    summary: IndexSummary,
) -> None:
    """Fit a collection's calibration if it has none, or has grown a lot since.

    The generation is published by now: whatever goes wrong here is noted, and tried again by
    the next run.

    Args:
        layout: of the collection.
        engine: the catalogue.
        manifest: of the published generation.
        encoder_id: of the backbone, in the catalogue.
        store: the backbone's embeddings.
        handle: the encoder; it is loaded where stand-ins for photos have to be drawn.
        max_pixels: a picture with more isn't decoded.
        progress: told how far it is.
        summary: gets the stage's time, or a note.
    """
    started = perf_counter()
    try:
        forget_stale(layout, manifest)
        if not is_due(layout, manifest):
            return
        with storage_errors(engine), engine.connect() as connection:
            calibrator = Calibrator(
                layout, connection, manifest, encoder_id, store, handle, max_pixels
            )
            fitting = calibrator.calibrate(progress)
    except VsearchError as error:
        summary.notes.append(f"hits have no confidence: {error}")
        return
    photos = 0 if fitting.calibration is None else fitting.calibration.photos
    summary.stages.append(StageTime("scores", perf_counter() - started, photos, "photos"))

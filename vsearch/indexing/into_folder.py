"""A feed into a folder: a new collection, or one that is brought up to date."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from vsearch.catalog import database
from vsearch.catalog.feeds import open_feed
from vsearch.catalog.opening import writing_engine
from vsearch.collection_encoder import chosen_encoder, recorded_identity, require_same
from vsearch.errors import CollectionNotFound
from vsearch.index.manifest import Manifest, read_manifest
from vsearch.indexing.lock import writing
from vsearch.indexing.options import IndexOptions
from vsearch.indexing.run import IndexRun, OnRejected
from vsearch.indexing.summary import IndexSummary
from vsearch.layout import Layout
from vsearch.progress import Progress
from vsearch.settings import Settings


def index_into(
    layout: Layout,
    feed: Path,
    options: IndexOptions,
    settings: Settings,
    progress: Progress,
    on_rejected: OnRejected,
    *,
    patience_s: float = 0,
) -> IndexSummary:
    """Bring the collection in a folder up to date with a feed; see ``Collection.index_into``.

    Args:
        layout: of the folder.
        feed: a folder of images or a feed's file.
        options: how to go about it.
        settings: the configuration.
        progress: told how far the run has come.
        on_rejected: told of every row and image that is skipped.
        patience_s: how long to wait for another writer to end, in seconds.
    """
    opened = open_feed(
        feed, format=options.format, mapping=options.mapping, encoding=options.encoding
    )

    def run_with(engine: Engine) -> IndexRun:
        return IndexRun(layout, engine, opened, options, settings, progress, on_rejected)

    if options.dry_run and not layout.manifest.exists():
        engine = database.in_memory_engine()
        database.migrate(engine)
        return run_with(engine).rehearse(None)
    with writing(layout, patience_s=patience_s):
        manifest = _manifest_or_none(layout)
        handle = chosen_encoder(manifest, settings, replace=options.replace_encoder)
        if manifest is None:
            # Wrong weights leave nothing behind.
            handle.get()
        elif not options.replace_encoder:
            require_same(
                manifest,
                handle,
                remedy="leave out --encoder and --weights, index into another folder, or"
                " encode the catalogue anew with --replace-encoder",
            )
        catalogue_id = None if manifest is None else manifest.catalogue_id
        with writing_engine(layout, settings, catalogue_id) as engine:
            run = run_with(engine)
            if options.dry_run:
                return run.rehearse(None if manifest is None else recorded_identity(manifest))
            return run.perform(manifest, handle)


def _manifest_or_none(layout: Layout) -> Manifest | None:
    try:
        return read_manifest(layout.folder)
    except CollectionNotFound:
        return None

"""From a small change to the generation in which it is found."""

from __future__ import annotations

from sqlalchemy import Engine

from vsearch.catalog.revision import note_indexed
from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.index.manifest import Manifest
from vsearch.indexing.live_transaction import LiveTransaction
from vsearch.indexing.publishing import Publisher
from vsearch.layout import Layout
from vsearch.progress import Silence


class LivePublication:
    """Publishes what a transaction has changed; the caller holds the writer's lock."""

    def __init__(
        self, layout: Layout, manifest: Manifest, embeddings: CollectionEmbeddings
    ) -> None:
        self._layout = layout
        self._manifest = manifest
        self._embeddings = embeddings

    def publish(self, engine: Engine, done: LiveTransaction) -> Manifest:
        """Publish a generation where one is due, after the transaction was committed.

        Where the index isn't known to have held just what products showed before, everything is
        compared: a writer may have died between its change and the index.
        """
        before = self._manifest
        if done.was_indexed and not done.touched:
            return before
        with engine.connect() as connection:
            publisher = Publisher(
                self._layout, connection, done.encoder_id, self._embeddings, Silence()
            )
            if done.was_indexed:
                after = publisher.publish_among(before, done.touched)
            else:
                after = publisher.publish(before, rebuild=False)
        with engine.begin() as connection:
            note_indexed(connection, after.generation)
        return after

"""The last stage: an index that holds just the images that products show, published whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import psutil
from sqlalchemy import Connection

from vsearch.catalog import image_store, shown_sources
from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.errors import CollectionDamaged
from vsearch.index.choose import build_index, choose_kind
from vsearch.index.generation import open_generation, open_generation_to_change, publish
from vsearch.index.interface import VectorIndex
from vsearch.index.layered import LayeredIndex
from vsearch.index.manifest import Manifest
from vsearch.indexing.options import AUTO
from vsearch.layout import Layout
from vsearch.progress import Progress

_CHUNK = 16_384


@dataclass(frozen=True, slots=True)
class _Difference:
    """What an index has to gain and lose."""

    live: npt.NDArray[np.int64]
    added: npt.NDArray[np.int64]
    removed: npt.NDArray[np.int64]


class Publisher:
    """Makes the next generation of one collection, where one is due."""

    def __init__(
        self,
        layout: Layout,
        connection: Connection,
        encoder_id: int,
        embeddings: CollectionEmbeddings,
        progress: Progress,
    ) -> None:
        self._layout = layout
        self._connection = connection
        self._encoder_id = encoder_id
        self._embeddings = embeddings
        self._progress = progress
        #: How many embeddings have been put into an index.
        self.added = 0

    def publish(self, manifest: Manifest, *, rebuild: bool) -> Manifest:
        """Publish a generation if the images have changed, or the index has to.

        Args:
            manifest: the collection as it is to be: its encoder, and the kind of index that
                was asked for.
            rebuild: build the index anew in any case.

        Returns:
            The manifest of the new generation; the given one where none was due.
        """
        live = image_store.live_ids(self._connection, self._encoder_id)
        kind = self._kind(manifest, len(live))
        index = None if rebuild else self._current(manifest, kind)
        if index is None:
            return publish(self._layout.folder, self._build(kind, live, manifest.dim), manifest)
        current = index.ids
        difference = _Difference(live, np.setdiff1d(live, current), np.setdiff1d(current, live))
        if not len(difference.added) and not len(difference.removed):
            return manifest
        if isinstance(index, LayeredIndex):
            index = index.merged()
        self._change(index, difference)
        if index.needs_rebuild:
            index = self._build(kind, live, manifest.dim)
        return publish(self._layout.folder, index, manifest)

    def publish_among(self, manifest: Manifest, ids: Sequence[int]) -> Manifest:
        """As ``publish``, where only some images can have come or gone since.

        Takes as long as these few do, however many the index holds.

        Args:
            manifest: the collection as it is.
            ids: which images.
        """
        try:
            index = open_generation_to_change(self._layout.folder, manifest)
        except CollectionDamaged:
            # It is derived: the embeddings beside it make another one.
            return self.publish(manifest, rebuild=False)
        live = shown_sources.live_among(self._connection, self._encoder_id, ids)
        there = index.known(np.array(ids, dtype=np.int64))
        difference = _Difference(live, np.setdiff1d(live, there), np.setdiff1d(there, live))
        if not len(difference.added) and not len(difference.removed):
            return manifest
        self._change(index, difference)
        # Another kind of index is a matter of the next run over a feed: it takes long.
        if index.needs_rebuild:
            return self.publish(manifest, rebuild=False)
        changed = index.merged() if index.needs_merging else index
        return publish(self._layout.folder, changed, manifest)

    def _kind(self, manifest: Manifest, size: int) -> str:
        if manifest.index_requested != AUTO:
            return manifest.index_requested
        return choose_kind(size, manifest.dim, psutil.virtual_memory().total)

    def _current(self, manifest: Manifest, kind: str) -> VectorIndex | None:
        """The published index, where it can be changed instead of built anew."""
        if manifest.generation == 0 or manifest.index_kind != kind:
            return None
        try:
            return open_generation(self._layout.folder, manifest)
        except CollectionDamaged:
            # It is derived: the embeddings beside it make another one.
            return None

    def _read(self, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        return self._embeddings.get(image_store.content_hashes(self._connection, ids))

    def _build(self, kind: str, live: npt.NDArray[np.int64], dim: int) -> VectorIndex:
        self.added += len(live)
        with self._progress.stage("index", len(live), "embeddings") as advance:
            return build_index(
                kind,
                live,
                lambda rows: self._read(live[rows]),
                dim,
                memory_bytes=psutil.virtual_memory().total,
                progress=advance,
            )

    def _change(self, index: VectorIndex, difference: _Difference) -> None:
        index.remove(difference.removed)
        added = difference.added
        self.added += len(added)
        with self._progress.stage("index", len(added), "embeddings") as advance:
            for start in range(0, len(added), _CHUNK):
                ids = added[start : start + _CHUNK]
                index.add(ids, self._read(ids))
                advance(len(ids))

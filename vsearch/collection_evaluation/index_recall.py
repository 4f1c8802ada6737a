"""What a collection's index finds of what an exact search over its embeddings would."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from vsearch.catalog import image_store
from vsearch.catalog.database import disposing, storage_errors
from vsearch.catalog.opening import reading_engine
from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.collection_encoder import chosen_encoder
from vsearch.evaluation.embed import embed_files
from vsearch.evaluation.neighbour_recall import neighbour_recall
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.interface import Embeddings, Ids, VectorIndex
from vsearch.index.manifest import Manifest
from vsearch.layout import Layout
from vsearch.progress import Advance, Progress
from vsearch.searching.snapshot import CurrentSnapshot
from vsearch.settings import Settings

_K = 10

#: Embeddings read at a time.
_CHUNK = 16_384

#: Queries that are measured with at most: with a chunk, 64 MiB of similarities.
_QUERIES = 1_000


def index_recall_at_10(
    folder: Path, settings: Settings, pictures: Sequence[Path], progress: Progress
) -> float | None:
    """Recall@10 of the images that the index finds for query pictures, their mean.

    An exact index is not measured: there is nothing between it and the exact search.

    Args:
        folder: the collection's.
        settings: as it was opened with.
        pictures: the queries, of which at most 1,000 are taken; one that can't be read is left
            out.
        progress: told of the pictures and of the embeddings that are compared.

    Returns:
        0 to 1; None where nothing is indexed or no picture can be read.
    """
    layout = Layout(folder)
    snapshot = CurrentSnapshot(layout).get()
    manifest, index = snapshot.manifest, snapshot.index
    if index is None or not len(index):
        return None
    if index.kind == "exact":
        return 1.0
    handle = chosen_encoder(manifest, settings)
    pictures = pictures[:: -(-len(pictures) // _QUERIES)]
    with progress.stage("recall", len(pictures), "images") as advance:
        queries = embed_files(
            handle.get(), pictures, max_pixels=settings.max_pixels, advance=advance
        ).embeddings
    if not len(queries):
        return None
    store = EmbeddingStore(
        layout.embeddings(manifest.encoder.backbone_fingerprint), manifest.encoder.backbone_dim
    )
    hashes = _hashes(layout, settings, manifest, index.ids)
    stored = CollectionEmbeddings(store, handle)
    with progress.stage("exact", len(index), "embeddings") as advance:
        return recall_at_10(index, queries, lambda rows: stored.get(hashes[rows]), advance)


def _hashes(layout: Layout, settings: Settings, manifest: Manifest, ids: Ids) -> list[str]:
    engine = reading_engine(layout, settings, manifest.catalogue_id)
    with disposing(engine), storage_errors(engine), engine.connect() as connection:
        return image_store.content_hashes(connection, ids)


def recall_at_10(
    index: VectorIndex, queries: Embeddings, read: Callable[[slice], Embeddings], advance: Advance
) -> float:
    """The mean over queries of what an index finds of the ten nearest.

    Both sides are judged by the stored embeddings: an index may keep them rounded.

    Args:
        index: to be measured, not empty.
        queries: (q, dim) float32, L2-normalised.
        read: gives the embeddings of some of ``index.ids``, by their places.
        advance: told of the embeddings that have been compared.
    """
    ids = index.ids
    _, found_ids = index.search(queries, _K)
    found = np.full(found_ids.shape, -np.inf, np.float32)
    exact = found.copy()
    for start in range(0, len(ids), _CHUNK):
        rows = slice(start, start + _CHUNK)
        here = queries @ read(rows).T
        exact = np.partition(np.concatenate([exact, here], axis=1), -_K, axis=1)[:, -_K:]
        places = {image_id: place for place, image_id in enumerate(ids[rows].tolist())}
        for query, rank in zip(*np.nonzero(np.isin(found_ids, ids[rows])), strict=True):
            found[query, rank] = here[query, places[int(found_ids[query, rank])]]
        advance(here.shape[1])
    return float(np.nanmean(neighbour_recall(found, exact)))

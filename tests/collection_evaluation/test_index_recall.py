"""What an index finds, against an exact search over the stored embeddings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vsearch import Collection, Settings
from vsearch.collection_evaluation import index_recall
from vsearch.collection_evaluation.index_recall import index_recall_at_10, recall_at_10
from vsearch.index.choose import build_index
from vsearch.index.exact import ExactIndex
from vsearch.progress import Silence


def unit(count: int, seed: int, dim: int = 12) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(count, dim))
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


class HalfBlind(ExactIndex):
    """Misses every other of what it should find."""

    def search(self, queries, k, allowed=None):
        scores, ids = super().search(queries, 2 * k, allowed)
        return scores[:, ::2], ids[:, ::2]


@pytest.mark.parametrize("chunk", [7, 16_384])
def test_what_is_missed_shows(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(index_recall, "_CHUNK", chunk)
    embeddings, ids = unit(100, 0), np.random.default_rng(1).permutation(1000)[:100]
    seen: list[int] = []
    for index, expected in ((ExactIndex(12), 1.0), (HalfBlind(12), 0.5)):
        index.add(ids, embeddings)
        recall = recall_at_10(index, unit(30, 2), lambda rows: embeddings[rows], seen.append)
        assert recall == expected
    assert sum(seen) == 200


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
def test_an_approximate_index_against_counting_by_hand(kind: str) -> None:
    embeddings, ids, queries = unit(2_000, 3), np.arange(2_000) * 3, unit(40, 4)
    index = build_index(kind, ids, lambda rows: embeddings[rows], 12)
    place = {image_id: row for row, image_id in enumerate(index.ids.tolist())}
    order = np.argsort([place[one] for one in ids.tolist()])
    _, found = index.search(queries, 10)
    nearest = ids[np.argsort(-(queries @ embeddings.T), axis=1)[:, :10]]
    by_hand = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, nearest, strict=True)])
    stored = embeddings[order]
    recall = recall_at_10(index, queries, lambda rows: stored[rows], lambda _done: None)
    assert recall == pytest.approx(by_hand, abs=1e-9)


@pytest.mark.parametrize("kind", ["exact", "hnsw", "ivf"])
def test_of_a_collection(make_collection: Callable[..., Collection], shop: Path, kind: str) -> None:
    collection = make_collection(kind)
    pictures = [*sorted(shop.glob("*.webp")), shop / "products.csv"]
    # So few images that every kind finds them all.
    recall = index_recall_at_10(collection.folder, Settings(device="cpu"), pictures, Silence())
    assert recall == 1.0


def test_where_there_is_nothing_to_measure(tmp_path: Path, make_collection, shop: Path) -> None:
    settings = Settings(encoder="test_vit.r160_in1k", weights="random:0", device="cpu")
    with Collection.create(tmp_path / "empty", settings=settings) as empty:
        assert index_recall_at_10(empty.folder, settings, [], Silence()) is None
    approximate = make_collection("hnsw").folder
    pictures = [shop / "products.csv"]
    assert index_recall_at_10(approximate, Settings(device="cpu"), pictures, Silence()) is None

"""The second look: against its definition, and on the sample catalogue."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsearch.encoder.patch_tokens import PatchTokens
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.images.load import open_image
from vsearch.patches.regions import DEPTH
from vsearch.patches.rerank import local_match, reranked

CATALOG = Path(__file__).parents[2] / "catalog"


def tokens(seed: int, rows: int = 3, columns: int = 4) -> PatchTokens:
    drawn = np.random.default_rng(seed).normal(size=(rows, columns, 6)).astype(np.float32)
    return PatchTokens(drawn / np.linalg.norm(drawn, axis=-1, keepdims=True))


@given(st.integers(0, 1000))
def test_mates_are_counted_one_by_one(seed: int) -> None:
    query, hit = tokens(seed), tokens(seed + 5000, 2, 5)
    found = 0.0
    for number, one in enumerate(query.flat):
        mate = max(range(10), key=lambda at: float(one @ hit.flat[at]))
        back = max(range(12), key=lambda at: float(query.flat[at] @ hit.flat[mate]))
        found += float(one @ hit.flat[mate]) if back == number else 0.0
    assert local_match(query, hit) == pytest.approx(found / 12, abs=1e-5)


def test_a_picture_matches_itself_wholly() -> None:
    assert local_match(tokens(0), tokens(0)) == pytest.approx(1)


def test_order_is_by_both() -> None:
    query, hits = tokens(0), [tokens(1), tokens(0), tokens(2)]
    assert reranked(query, hits, [0.5, 0.4, 0.3], weight=0) == [0, 1, 2]
    assert reranked(query, hits, [0.5, 0.4, 0.3])[0] == 1
    assert reranked(query, [hits[1]] * 3, [0.1, 0.1, 0.1]) == [0, 1, 2]
    assert reranked(query, [], []) == []
    with pytest.raises(ValueError, match="shorter"):
        reranked(query, hits, [0.5])


def test_more_drawings_find_their_product_first(encoder: TimmEncoder) -> None:
    """Every sixth drawing of the sample catalogue; by all 246, 0.92 instead of 0.86."""
    with (CATALOG / "queries/labels.csv").open(newline="") as file:
        asked = [(row["query"], set(row["sku"].split("|"))) for row in csv.DictReader(file)][::6]
    with (CATALOG / "products.csv").open(newline="") as file:
        gallery = [
            (one, row["sku"]) for row in csv.DictReader(file) for one in row["images"].split("|")
        ]
    pictures = encoder.encode([CATALOG / image for image, _ in gallery])
    scores = encoder.encode([CATALOG / "queries" / name for name, _ in asked]) @ pictures.T

    def look(path: Path) -> PatchTokens:
        return encoder.patches(open_image(path, max_pixels=10**7), depth=DEPTH)

    before, after = [], []
    for (name, skus), row in zip(asked, scores, strict=True):
        best = np.argsort(-row)[:5]
        hits = [look(CATALOG / gallery[at][0]) for at in best]
        order = reranked(look(CATALOG / "queries" / name), hits, row[best].tolist())
        before.append(gallery[best[0]][1] in skus)
        after.append(gallery[best[order[0]]][1] in skus)
    assert np.mean(after) >= np.mean(before)
    assert np.mean(after) > 0.85

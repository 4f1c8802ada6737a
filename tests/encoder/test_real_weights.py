"""With trained weights and photos, where they are at hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vsearch.encoder.load import load_encoder
from vsearch.encoder.precision import MIN_COSINE
from vsearch.settings import DEFAULT_ENCODER

SHARED = Path(__file__).parents[3] / "shared" / "data"
WEIGHTS = SHARED / "weights" / f"{DEFAULT_ENCODER}.safetensors"
GROCERY = SHARED / "grocery"

pytestmark = pytest.mark.skipif(
    not (WEIGHTS.is_file() and GROCERY.is_dir()),
    reason="../shared/data has no weights or no photos",
)


def labelled(name: str, every: int) -> tuple[list[Path], np.ndarray]:
    lines = (GROCERY / name).read_text().splitlines()[::every]
    rows = [line.split(",") for line in lines]
    return [GROCERY / row[0].strip() for row in rows], np.array([int(row[2]) for row in rows])


def test_photos_find_photos_of_the_same_thing() -> None:
    encoder = load_encoder(WEIGHTS)
    gallery, gallery_labels = labelled("train.txt", every=10)
    queries, query_labels = labelled("val.txt", every=6)

    similarity = encoder.encode(queries) @ encoder.encode(gallery).T
    right = gallery_labels[similarity.argmax(axis=1)] == query_labels

    # 0.74 was measured, and 0.62 with ImageNet's mean and std in place of 0.5.
    assert right.mean() > 0.68


def test_bfloat16_agrees_with_float32() -> None:
    paths, _ = labelled("val.txt", every=30)
    exact, fast = (
        load_encoder(WEIGHTS, device="cpu", dtype=dtype).encode(paths)
        for dtype in ("float32", "bfloat16")
    )

    assert (np.sum(exact * fast, axis=1) > MIN_COSINE).all()

"""``--encoder FILE``: index, query, status and doctor with a head."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vsearch.encoder.encoder_file import BackboneReference, write_encoder_file
from vsearch.encoder.head import Head
from vsearch.encoder.load import load_encoder

ENCODER = "test_vit.r160_in1k"


@pytest.fixture
def head(tmp_path: Path) -> Path:
    path = tmp_path / "shop.safetensors"
    backbone = load_encoder(ENCODER, weights="random:0", device="cpu").backbone_fingerprint
    weight = np.random.default_rng(0).normal(size=(16, 64)).astype(np.float32)
    write_encoder_file(
        path,
        tensors={},
        architecture=ENCODER,
        head=Head(weight),
        backbone=BackboneReference(ENCODER, "random:0", backbone),
    )
    return path


def test_a_collection_moves_to_a_head(vsearch, small: Path, small_feed: Path, head: Path) -> None:
    refused = vsearch("index", small_feed, "-c", small, "--encoder", head)
    assert refused.code == 1
    assert "--replace-encoder" in refused.error
    moved = vsearch("index", small_feed, "-c", small, "--encoder", head, "--replace-encoder")
    assert moved.code == 0, moved.err
    shown = " ".join(vsearch("status", "-c", small).out.split())
    assert f"encoder {ENCODER} (random:0) + shop" in shown
    assert f"head {head}" in shown
    assert "stored embeddings of 64" in shown
    (status,) = vsearch("status", "-c", small, "--json").objects
    assert status["manifest"]["encoder"]["head"] == str(head)
    assert status["manifest"]["dim"] == 16
    picture = next(small_feed.parent.glob("*.webp"))
    for options in ([], ["--encoder", head]):
        hits = vsearch("query", picture, "-c", small, "--json", *options)
        assert hits.code == 0, hits.err
        assert hits.objects[0]["score"] == pytest.approx(1, abs=1e-2)


def test_doctor_looks_at_the_head(vsearch, small: Path, small_feed: Path, head: Path) -> None:
    vsearch("index", small_feed, "-c", small, "--encoder", head, "--replace-encoder")
    assert f"head {head}" in " ".join(vsearch("doctor", "-c", small).out.split())
    head.unlink()
    findings = vsearch("doctor", "-c", small, "--json").objects
    (fault,) = [finding for finding in findings if finding["is_fault"]]
    assert fault["subject"] == "encoder"
    assert "say where it is with --encoder FILE" in fault["detail"]


def test_a_file_that_is_not_there(vsearch, small: Path, small_feed: Path, tmp_path: Path) -> None:
    missing = tmp_path / "none.safetensors"
    outcome = vsearch("index", small_feed, "-c", small, "--encoder", missing)
    assert outcome.code == 1
    assert f"{missing}: no such weights file" in outcome.error

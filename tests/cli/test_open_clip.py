"""``--encoder open_clip:…``: index, query and status, from a model in a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import save_file

from vsearch.encoder.torchvision_shim import make_torchvision_importable

make_torchvision_importable()
open_clip = pytest.importorskip("open_clip", reason="the extra clip is not installed")

MODEL: dict[str, Any] = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 64, "patch_size": 16, "width": 64, "head_width": 32, "layers": 2},
    "text_cfg": {"context_length": 16, "vocab_size": 512, "width": 16, "heads": 2, "layers": 1},
}


@pytest.fixture
def model(tmp_path: Path) -> str:
    folder = tmp_path / "tiny"
    folder.mkdir()
    config = {"model_cfg": MODEL, "preprocess_cfg": {"resize_mode": "squash"}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    save_file(open_clip.CLIP(**MODEL).state_dict(), folder / "open_clip_model.safetensors")
    return f"open_clip:local-dir:{folder}"


def test_from_feed_to_hits(
    vsearch, small_feed: Path, tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = tmp_path / "collection"
    indexed = vsearch("index", small_feed, "-c", collection, "--encoder", model, "--device", "cpu")
    assert indexed.code == 0, indexed.err

    shown = " ".join(vsearch("status", "-c", collection).out.split())
    assert "encoder open_clip:tiny (open_clip_model.safetensors)" in shown

    picture = sorted(small_feed.parent.glob("*.webp"))[0]
    own = vsearch("query", picture, "-c", collection, "--json")
    assert own.code == 0, own.err
    assert own.objects[0]["score"] == pytest.approx(1, abs=1e-3)

    monkeypatch.chdir(tmp_path)
    named = vsearch(
        "query", picture, "-c", collection, "--json", "--encoder", "open_clip:local-dir:tiny"
    )
    assert named.objects == own.objects


def test_another_model_in_its_place_is_noticed(
    vsearch, small_feed: Path, tmp_path: Path, model: str, photo: Path
) -> None:
    collection = tmp_path / "collection"
    options = ("-c", collection, "--device", "cpu")
    assert vsearch("index", small_feed, *options, "--encoder", model).code == 0
    save_file(
        open_clip.CLIP(**MODEL).state_dict(), tmp_path / "tiny" / "open_clip_model.safetensors"
    )

    assert "its weights have changed" in vsearch("query", photo, *options).error

"""What can be said of an open_clip encoder where open_clip itself may be missing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.load import load_encoder
from vsearch.encoder.open_clip_name import OpenClipName, weights_in
from vsearch.encoder.sources import is_file, spec_of
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.errors import EncoderError, WeightsError


@pytest.mark.parametrize(
    ("name", "parsed"),
    [
        ("open_clip:ViT-B-32", OpenClipName("ViT-B-32")),
        ("open_clip:ViT-B-32/openai", OpenClipName("ViT-B-32", "openai")),
        ("open_clip:hf-hub:Org/name-B", OpenClipName(repository="Org/name-B")),
        ("open_clip:local-dir:/m/n", OpenClipName(folder=Path("/m/n"))),
    ],
)
def test_a_name_is_read_and_written(name: str, parsed: OpenClipName) -> None:
    assert OpenClipName.parse(name) == parsed
    assert str(parsed) == name
    assert not is_file(name)


@pytest.mark.parametrize("name", ["open_clip:", "open_clip:hf-hub:", "open_clip:local-dir:"])
def test_a_name_of_nothing(name: str) -> None:
    with pytest.raises(EncoderError, match=f'"{name}": names nothing; write open_clip:ARCHI'):
        OpenClipName.parse(name)


def test_where_the_weights_are(tmp_path: Path) -> None:
    name = "open_clip:ViT-B-32/openai"

    assert spec_of(name) == EncoderSpec(name, "hub")
    assert spec_of(name, "random:1") == EncoderSpec(name, "random:1")
    assert spec_of(name, tmp_path / "w.safetensors") == EncoderSpec(
        name, str(tmp_path / "w.safetensors")
    )
    (tmp_path / "only.safetensors").touch()
    expected = EncoderSpec(f"open_clip:local-dir:{tmp_path}", str(tmp_path / "only.safetensors"))
    assert spec_of(f"open_clip:local-dir:{tmp_path}") == expected
    assert weights_in(tmp_path).name == "only.safetensors"
    (tmp_path / "open_clip_model.safetensors").touch()
    assert weights_in(tmp_path).name == "open_clip_model.safetensors"


@pytest.mark.parametrize("suffix", [".bin", ".pt"])
def test_a_folder_with_a_pickle(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"open_clip_pytorch_model{suffix}").touch()

    with pytest.raises(WeightsError, match=f"{suffix}: a pickle, .*convert it once"):
        weights_in(tmp_path)


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "open_clip", None)
    (tmp_path / "open_clip_model.safetensors").touch()
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": {}}))

    for name in (f"open_clip:local-dir:{tmp_path}", "open_clip:ViT-B-32/openai"):
        with pytest.raises(EncoderError) as caught:
            load_encoder(name)
        assert str(caught.value).startswith(f'encoder "{name}": open_clip is not installed')
        assert str(caught.value).endswith('pip install ".[clip]"')


def test_a_timm_encoder_has_no_text_tower(encoder: TimmEncoder) -> None:
    assert not encoder.takes_texts
    with pytest.raises(EncoderError, match=r"test_vit.* has no text tower; .*--encoder open_clip:"):
        encoder.encode_texts(["a red shoe"])

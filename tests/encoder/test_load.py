from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from vsearch.encoder.architecture import build
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.load import load_encoder, load_spec
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.errors import EncoderError, WeightsError
from vsearch.settings import DEFAULT_ENCODER

SMALL = "test_vit.r160_in1k"


def test_the_default_architecture_with_random_weights() -> None:
    encoder = load_encoder(weights="random:3", device="cpu", dtype="float32")

    assert encoder.spec == EncoderSpec(DEFAULT_ENCODER, "random:3")
    assert (encoder.dim, encoder.min_side) == (192, 248)


def test_a_name_with_a_file(encoder: TimmEncoder, weights_file: Path) -> None:
    loaded = load_encoder(SMALL, weights=weights_file)

    assert loaded.fingerprint == encoder.fingerprint
    assert loaded.spec == EncoderSpec(SMALL, str(weights_file))
    assert loaded.name == "test_vit.r160_in1k (weights.safetensors)"


def test_a_relative_path_is_kept_as_an_absolute_one(
    weights_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(weights_file.parent)

    assert load_encoder(SMALL, weights=weights_file.name).spec.weights == str(weights_file)


@pytest.mark.parametrize("as_text", [True, False])
def test_a_file_whose_metadata_name_the_architecture(
    encoder: TimmEncoder, weights_file: Path, as_text: bool
) -> None:
    save_file(load_file(weights_file), weights_file, metadata={"architecture": SMALL})

    loaded = load_encoder(str(weights_file) if as_text else weights_file)

    assert loaded.spec == EncoderSpec(SMALL, str(weights_file))
    assert loaded.fingerprint == encoder.fingerprint


def test_a_file_that_is_called_by_the_architecture(weights_file: Path) -> None:
    path = weights_file.rename(weights_file.with_name(f"{SMALL}.safetensors"))

    assert load_encoder(path).spec == EncoderSpec(SMALL, str(path))
    assert load_encoder(weights=path).spec == EncoderSpec(SMALL, str(path))


def test_a_file_that_says_nothing_is_taken_for_the_default(tmp_path: Path) -> None:
    path = tmp_path / "tuned.safetensors"
    save_file(build(DEFAULT_ENCODER, seed=0).state_dict(), path)

    assert load_encoder(path).spec == EncoderSpec(DEFAULT_ENCODER, str(path))


def test_a_file_that_says_nothing_and_is_not_the_default(weights_file: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        load_encoder(weights_file)

    assert f"{weights_file}: doesn't fit {DEFAULT_ENCODER}" in str(caught.value)
    assert "name the architecture" in str(caught.value)


def test_a_spec_gives_the_encoder_again(encoder: TimmEncoder) -> None:
    again = load_spec(encoder.spec, device="cpu", dtype="float32")

    assert (again.spec, again.fingerprint) == (encoder.spec, encoder.fingerprint)


def test_a_short_name_is_kept_in_full() -> None:
    assert load_encoder("test_vit", weights="random:0").spec.architecture == SMALL


def test_two_places_for_the_weights(weights_file: Path) -> None:
    with pytest.raises(EncoderError, match="two places for the weights"):
        load_encoder(weights_file, weights="random:0")


@pytest.mark.parametrize("text", ["random:", "random:x", "random:-1", "random:1.5"])
def test_a_seed_that_is_no_whole_number(text: str) -> None:
    with pytest.raises(WeightsError, match=f'"{text}": the seed is not a whole number'):
        load_encoder(SMALL, weights=text)


def test_an_unknown_name() -> None:
    with pytest.raises(EncoderError, match='"test_vti": timm has no such model; near it: test_vit'):
        load_encoder("test_vti", weights="random:0")


def test_an_unknown_device_or_dtype() -> None:
    with pytest.raises(
        EncoderError, match=r'device "tpu": not on this machine, which offers .*cpu'
    ):
        load_encoder(SMALL, weights="random:0", device="tpu")
    with pytest.raises(EncoderError, match='dtype "int8": not one of auto, float32, bfloat16'):
        load_encoder(SMALL, weights="random:0", dtype="int8")


@pytest.mark.skipif(torch.cuda.device_count() > 0, reason="there is a cuda:0 here")
def test_a_device_that_is_not_here() -> None:
    with pytest.raises(EncoderError, match='device "cuda": not on this machine'):
        load_encoder(SMALL, weights="random:0", device="cuda")

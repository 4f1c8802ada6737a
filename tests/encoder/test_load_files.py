"""Encoders out of encoder files: a backbone, a head, or both."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file

from vsearch.encoder import bundled
from vsearch.encoder.encoder_file import BackboneReference, write_encoder_file
from vsearch.encoder.head import Head
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.load import load_encoder
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.errors import EncoderError, WeightsError

SMALL = "test_vit.r160_in1k"


def head_of(rows: int, columns: int = 64, seed: int = 0) -> Head:
    random = np.random.default_rng(seed)
    return Head(random.normal(size=(rows, columns)).astype(np.float32))


HEAD = head_of(24)


def load(*arguments: Any, **options: Any) -> TimmEncoder:
    return load_encoder(*arguments, device="cpu", dtype="float32", **options)


@pytest.fixture
def backbone_file(tmp_path: Path, weights_file: Path) -> Path:
    path = tmp_path / "backbone.safetensors"
    write_encoder_file(path, tensors=load_file(weights_file), architecture=SMALL)
    return path


@pytest.fixture
def whole(tmp_path: Path, weights_file: Path) -> Path:
    path = tmp_path / "whole.safetensors"
    write_encoder_file(
        path, tensors=load_file(weights_file), architecture=SMALL, head=HEAD, name="small-1"
    )
    return path


def write_head(path: Path, encoder: TimmEncoder, head: Head = HEAD, **changes: Any) -> Path:
    spec = encoder.spec
    reference = BackboneReference(spec.architecture, spec.weights, encoder.backbone_fingerprint)
    write_encoder_file(
        path,
        tensors={},
        architecture=spec.architecture,
        head=head,
        backbone=dataclasses.replace(reference, **changes),
    )
    return path


def pixels_of(encoder: TimmEncoder, count: int = 3) -> np.ndarray:
    shape = (count, encoder.preprocessing.height, encoder.preprocessing.width, 3)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def test_a_backbone_alone_is_what_its_weights_are(
    backbone_file: Path, encoder: TimmEncoder
) -> None:
    loaded = load(backbone_file)

    assert loaded.fingerprint == loaded.backbone_fingerprint == encoder.fingerprint
    assert loaded.spec == EncoderSpec(SMALL, str(backbone_file))
    assert loaded.head is None


def test_a_backbone_with_its_head(whole: Path, encoder: TimmEncoder) -> None:
    loaded = load(whole)

    assert loaded.spec == EncoderSpec(SMALL, str(whole), str(whole))
    assert loaded.name == "small-1 (whole.safetensors)"
    assert (loaded.dim, loaded.backbone_dim) == (24, 64)
    assert loaded.backbone_fingerprint == encoder.fingerprint
    assert loaded.fingerprint == HEAD.fingerprint_on(encoder.fingerprint) != encoder.fingerprint
    assert load(weights=whole).spec == load(SMALL, weights=whole).spec == loaded.spec


def test_the_head_is_applied_to_what_the_backbone_gives(whole: Path, encoder: TimmEncoder) -> None:
    loaded, pixels = load(whole), pixels_of(encoder)

    of_backbone = loaded.embed_backbone(pixels)

    np.testing.assert_allclose(of_backbone, encoder.encode_prepared(pixels), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(of_backbone, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(loaded.encode_prepared(pixels), HEAD.apply(of_backbone))


def test_pictures_are_encoded_with_the_head(whole: Path, pictures: list[Path]) -> None:
    loaded = load(whole)

    embeddings = loaded.encode(pictures[:3])

    assert (embeddings.shape, embeddings.dtype) == ((3, 24), np.float32)
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
    assert loaded.encode([]).shape == (0, 24)
    assert loaded.embed_backbone(pixels_of(loaded, 0)).shape == (0, 64)


def test_a_head_finds_its_backbone(tmp_path: Path, encoder: TimmEncoder, whole: Path) -> None:
    head = write_head(tmp_path / "shop.safetensors", encoder)

    loaded = load(head)

    assert loaded.spec == EncoderSpec(SMALL, "random:0", str(head))
    assert loaded.fingerprint == load(whole).fingerprint
    assert loaded.name == f"{SMALL} (random:0) + shop"


def test_weights_say_where_a_heads_backbone_is_now(
    tmp_path: Path, encoder: TimmEncoder, weights_file: Path
) -> None:
    head = write_head(tmp_path / "shop.safetensors", encoder, weights="/gone/w.safetensors")

    assert load(head, weights=weights_file).spec.weights == str(weights_file)
    with pytest.raises(WeightsError) as caught:
        load(head)
    assert f'{head}: its backbone is not at "/gone/w.safetensors"' in str(caught.value)
    assert "--weights FILE" in str(caught.value)


def test_a_relative_path_of_a_backbone_is_not_followed(
    tmp_path: Path, encoder: TimmEncoder, weights_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    head = write_head(tmp_path / "shop.safetensors", encoder, weights=weights_file.name)

    with pytest.raises(WeightsError, match=r'its backbone is not at "weights\.safetensors"'):
        load(head)


def test_the_backbones_own_head_makes_way(
    tmp_path: Path, encoder: TimmEncoder, whole: Path
) -> None:
    other = head_of(8, seed=1)
    head = write_head(tmp_path / "shop.safetensors", encoder, other, weights=str(whole))

    loaded = load(head)

    assert (loaded.dim, loaded.name) == (8, "small-1 (whole.safetensors) + shop")
    assert loaded.fingerprint == other.fingerprint_on(encoder.fingerprint)


def test_a_head_for_another_backbone_is_refused_by_both_names(
    tmp_path: Path, encoder: TimmEncoder
) -> None:
    head = write_head(tmp_path / "shop.safetensors", encoder)
    other = load(SMALL, weights="random:1")

    with pytest.raises(EncoderError) as caught:
        load(head, weights="random:1")

    message = str(caught.value)
    assert f"{head}: made for the backbone {SMALL} [{encoder.fingerprint[:12]}]" in message
    assert f"not {SMALL} (random:1) [{other.fingerprint[:12]}]" in message
    assert "--weights FILE" in message


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_head_of_another_length_is_refused(
    tmp_path: Path, encoder: TimmEncoder, weights_file: Path, is_whole: bool
) -> None:
    path, head = tmp_path / "bad.safetensors", head_of(8, 63)
    if is_whole:
        tensors = load_file(weights_file)
        write_encoder_file(path, tensors=tensors, architecture=SMALL, head=head)
    else:
        write_head(path, encoder, head)

    with pytest.raises(EncoderError, match=f"{path}: its head takes embeddings of 63, .* gives 64"):
        load(path)


def test_a_head_is_no_weights(tmp_path: Path, encoder: TimmEncoder) -> None:
    head = write_head(tmp_path / "shop.safetensors", encoder)

    with pytest.raises(WeightsError, match=f"{head}: holds a head and no backbone"):
        load(SMALL, weights=head)


def test_two_places_for_the_weights(whole: Path) -> None:
    for name in (whole, "bundled"):
        with pytest.raises(EncoderError, match="two places for the weights"):
            load(name, weights="random:0")


def test_half_precision_is_read(tmp_path: Path, weights_file: Path, encoder: TimmEncoder) -> None:
    path = tmp_path / "half.safetensors"
    halves = {name: tensor.half() for name, tensor in load_file(weights_file).items()}
    write_encoder_file(path, tensors=halves, architecture=SMALL, head=HEAD)
    pixels = pixels_of(encoder)

    loaded = load(path)

    assert path.stat().st_size < weights_file.stat().st_size * 0.52
    cosines = np.sum(loaded.embed_backbone(pixels) * encoder.encode_prepared(pixels), axis=1)
    np.testing.assert_allclose(cosines, 1, atol=1e-3)


def write_prepared(path: Path, weights_file: Path, changes: Mapping[str, Any]) -> Path:
    preprocessing = dataclasses.replace(load(SMALL, weights=weights_file).preprocessing, **changes)
    write_encoder_file(
        path,
        tensors=load_file(weights_file),
        architecture=SMALL,
        preprocessing=preprocessing,
    )
    return path


def test_the_files_preprocessing_comes_before_timms(
    tmp_path: Path, weights_file: Path, encoder: TimmEncoder
) -> None:
    changes = {"crop_mode": "squash", "crop_fraction": 0.8, "mean": (0.1, 0.2, 0.3)}
    path = write_prepared(tmp_path / "x.safetensors", weights_file, changes)

    loaded = load(path)

    assert loaded.preprocessing == dataclasses.replace(encoder.preprocessing, **changes)
    assert loaded.fingerprint != encoder.fingerprint


def test_a_preprocessing_that_the_model_cannot_take(tmp_path: Path, weights_file: Path) -> None:
    path = write_prepared(tmp_path / "x.safetensors", weights_file, {"height": 96})

    with pytest.raises(WeightsError, match="gives 96x160 pixels, and its architecture takes 160x1"):
        load(path)


def test_the_bundled_encoder(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(whole, tmp_path / f"{bundled.NAME}.safetensors")
    monkeypatch.setattr(bundled, "files", lambda _package: tmp_path)

    loaded = load("bundled")

    assert loaded.spec == load(weights="bundled").spec == EncoderSpec(SMALL, "bundled", "bundled")
    assert loaded.name == "small-1 (bundled)"
    assert loaded.fingerprint == load(whole).fingerprint


def test_a_head_for_the_bundled_encoder(
    whole: Path, tmp_path: Path, encoder: TimmEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(whole, tmp_path / f"{bundled.NAME}.safetensors")
    monkeypatch.setattr(bundled, "files", lambda _package: tmp_path)
    head = write_head(tmp_path / "shop.safetensors", encoder, head_of(5), weights="bundled")

    assert load(head).spec == EncoderSpec(SMALL, "bundled", str(head))
    assert load(head).dim == 5


def test_an_installation_without_the_bundled_encoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundled, "files", lambda _package: tmp_path)

    with pytest.raises(WeightsError, match="the bundled encoder is missing from this installation"):
        load("bundled")

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from vsearch.encoder.fingerprint import fingerprint, weights_digest
from vsearch.encoder.load import load_encoder
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.encoder.timm_encoder import TimmEncoder

SMALL = "test_vit.r160_in1k"
PREPROCESSING = Preprocessing(224, 224, 0.9, "center", "bicubic", (0.5,) * 3, (0.5,) * 3)


def of(path: Path, name: str = SMALL, dtype: str = "float32") -> str:
    return load_encoder(name, weights=path, device="cpu", dtype=dtype).fingerprint


def test_is_written_down_and_stays() -> None:
    # Another value would make every collection refuse the encoder that it was built with.
    assert fingerprint("vit_x.tag", "0" * 64, PREPROCESSING, "token") == (
        "02682a1722642deebaf5a8ce4280f697"
    )


def test_the_digest_of_weights_is_written_down_and_stays() -> None:
    tensors = {"b": torch.arange(6.0).reshape(2, 3), "a": torch.tensor(1.5)}

    assert (
        weights_digest(tensors)
        == "9b551906f90df28cc5215f595e60f190e0be70cb609fc2ee6c3012b40d400729"
    )


def test_has_32_hex_digits(encoder: TimmEncoder) -> None:
    assert len(encoder.fingerprint) == 32
    assert int(encoder.fingerprint, 16) >= 0


def test_is_the_same_for_the_same_weights_from_elsewhere(
    encoder: TimmEncoder, weights_file: Path, tmp_path: Path
) -> None:
    tensors = load_file(weights_file)
    head = {"head.weight": torch.ones(10, 64), "head.bias": torch.ones(10)}
    shuffled = tmp_path / "with_head_and_metadata.safetensors"
    save_file(dict(reversed((tensors | head).items())), shuffled, metadata={"architecture": SMALL})

    assert of(weights_file) == encoder.fingerprint
    assert of(shuffled) == encoder.fingerprint


def test_is_the_same_for_any_number_format(encoder: TimmEncoder, weights_file: Path) -> None:
    assert of(weights_file, dtype="bfloat16") == encoder.fingerprint


def test_is_the_same_with_and_without_tag(encoder: TimmEncoder, weights_file: Path) -> None:
    assert of(weights_file, "test_vit") == encoder.fingerprint


def test_changes_with_one_number_of_the_weights(encoder: TimmEncoder, weights_file: Path) -> None:
    tensors = load_file(weights_file)
    tensors["blocks.3.attn.proj.bias"][5] += 1e-6
    save_file(tensors, weights_file)

    assert of(weights_file) != encoder.fingerprint


def test_changes_with_the_seed(encoder: TimmEncoder) -> None:
    other = load_encoder(SMALL, weights="random:1", device="cpu", dtype="float32")

    assert other.fingerprint != encoder.fingerprint


def test_two_tensors_that_change_places_change_the_digest(model: nn.Module) -> None:
    tensors = dict(model.state_dict())
    one, other = "blocks.0.attn.proj.weight", "blocks.1.attn.proj.weight"
    swapped = tensors | {one: tensors[other], other: tensors[one]}

    assert weights_digest(swapped) != weights_digest(tensors)
    assert weights_digest(dict(reversed(tensors.items()))) == weights_digest(tensors)


@pytest.mark.parametrize(
    "change",
    [
        {"height": 256},
        {"width": 256},
        {"crop_fraction": 1.0},
        {"crop_mode": "squash"},
        {"interpolation": "bilinear"},
        {"mean": (0.5, 0.5, 0.4)},
        {"std": (0.5, 0.5, 0.4)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_changes_with_every_part_of_the_preprocessing(change: dict[str, object]) -> None:
    changed = dataclasses.replace(PREPROCESSING, **change)  # type: ignore[arg-type]

    assert fingerprint("vit_x", "0", changed, "token") != fingerprint(
        "vit_x", "0", PREPROCESSING, "token"
    )


def test_changes_with_architecture_weights_and_pooling() -> None:
    prints = {
        fingerprint("vit_x", "0", PREPROCESSING, "token"),
        fingerprint("vit_y", "0", PREPROCESSING, "token"),
        fingerprint("vit_x", "1", PREPROCESSING, "token"),
        fingerprint("vit_x", "0", PREPROCESSING, "avg"),
    }

    assert len(prints) == 4
    assert fingerprint("vit_x.tag", "0", PREPROCESSING, "token") in prints

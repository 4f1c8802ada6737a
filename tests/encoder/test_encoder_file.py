from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import load_file, save, save_file

from vsearch.encoder.encoder_file import (
    BackboneReference,
    EncoderFile,
    read_encoder_file,
    write_encoder_file,
)
from vsearch.encoder.head import Head
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.encoder.seal import SEAL, UNSEALED, sealed
from vsearch.encoder.weights import read_weights
from vsearch.errors import StorageError, WeightsError

HEAD = Head(np.arange(12, dtype=np.float32).reshape(3, 4), np.ones(3, np.float32))
BACKBONE = BackboneReference("vit_a.b", "/srv/größe.safetensors", "ab" * 16)
PREPROCESSING = Preprocessing(
    224, 192, 0.9, "center", "bicubic", (0.5, 0.5, 0.5), (0.25, 0.25, 0.3)
)
TRAINING = {"command": "vsearch train tune", "seed": 7, "measured": [{"before": 0.5}], "ü": None}


@pytest.fixture
def head_only(tmp_path: Path) -> Path:
    path = tmp_path / "head.safetensors"
    write_encoder_file(path, tensors={}, architecture="vit_a.b", head=HEAD, backbone=BACKBONE)
    return path


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    path = tmp_path / "whole.safetensors"
    write_encoder_file(
        path,
        tensors={"norm.weight": np.ones(4, np.float16), "patch.bias": torch.zeros(2)},
        architecture="vit_a.b",
        preprocessing=PREPROCESSING,
        head=HEAD,
        training=TRAINING,
        name="a-b-1",
    )
    return path


def test_what_is_written_is_read(whole: Path) -> None:
    read = read_encoder_file(whole)

    assert (read.architecture, read.name, read.has_backbone) == ("vit_a.b", "a-b-1", True)
    assert read.head is not None
    assert read.head.digest == HEAD.digest
    assert read.preprocessing == PREPROCESSING
    assert read.backbone is None
    assert read.training == TRAINING


def test_the_backbone_is_read_without_the_head(whole: Path) -> None:
    read = read_weights(whole)

    assert {name: tensor.tolist() for name, tensor in read.tensors.items()} == {
        "norm.weight": [1] * 4,
        "patch.bias": [0] * 2,
    }
    assert read.tensors["norm.weight"].dtype == torch.float16
    assert read.about.head is not None


def test_a_head_names_its_backbone(head_only: Path) -> None:
    read = read_encoder_file(head_only)

    assert (read.has_backbone, read.backbone, read.preprocessing) == (False, BACKBONE, None)
    assert read.name is None
    assert read.training == {}


def test_plain_weights_say_little(tmp_path: Path) -> None:
    path = tmp_path / "plain.safetensors"
    save_file({"norm.weight": np.ones(4, np.float32)}, path, {"architecture": "vit_a"})

    assert read_encoder_file(path) == EncoderFile(path, "vit_a", has_backbone=True)


def test_the_same_content_makes_the_same_file(whole: Path, tmp_path: Path) -> None:
    before = whole.read_bytes()
    read = read_encoder_file(whole)
    write_encoder_file(
        whole,
        tensors=read_weights(whole).tensors,
        architecture="vit_a.b",
        preprocessing=read.preprocessing,
        head=read.head,
        training=read.training,
        name=read.name,
    )

    assert read_encoder_file(whole).training == TRAINING
    assert whole.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [whole.name]


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_damage_goes_unnoticed(data: st.DataObject, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("damage")
    path = folder / "head.safetensors"
    write_encoder_file(path, tensors={}, architecture="vit_a.b", head=HEAD, backbone=BACKBONE)
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(content))

    with pytest.raises(WeightsError, match=f"{path}: "):
        read_encoder_file(path)


def rewritten(path: Path, tensors: dict[str, np.ndarray] | None = None, **metadata: str) -> Path:
    """The file with other metadata or tensors, and the right checksum."""
    with safe_open(path, framework="np") as file:
        told = file.metadata() | metadata
    arrays = load_file(path) if tensors is None else tensors
    path.write_bytes(sealed(save(arrays, told | {SEAL: UNSEALED})))
    return path


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ({"backbone": "{"}, "damaged: Expecting property name"),
        ({"backbone": "[]"}, 'damaged: its "backbone" is not a record'),
        ({"backbone": '{"architecture": "a", "weights": "b"}'}, "damaged: 'fingerprint' is missi"),
        ({"preprocessing": '{"height": 1}'}, "damaged: 'width' is missing"),
        (
            {
                "preprocessing": json.dumps(
                    {
                        "height": 224,
                        "width": 224,
                        "crop_fraction": 0,
                        "crop_mode": "center",
                        "interpolation": "bicubic",
                        "mean": [0, 0, 0],
                        "std": [1, 1, 1],
                    }
                )
            },
            "damaged: no such preprocessing: .*'crop_fraction': 0",
        ),
        ({"training": "7"}, 'damaged: its "training" is not a record'),
        ({"format_version": "x"}, 'damaged: its format_version is "x"'),
        ({"format_version": "2"}, "an encoder file of format 2; .* up to format 1: upgrade"),
    ],
)
def test_metadata_that_make_no_sense(head_only: Path, metadata: dict[str, str], told: str) -> None:
    with pytest.raises(WeightsError, match=f"{head_only}: {told}"):
        read_encoder_file(rewritten(head_only, **metadata))


@pytest.mark.parametrize(
    ("tensors", "told"),
    [
        ({"vsearch_head.weight": np.full((3, 4), np.nan, np.float32)}, "not finite"),
        ({"vsearch_head.weight": np.ones(4, np.float32)}, r"weight is \(4,\)"),
        ({"vsearch_head.scale": np.ones(4, np.float32)}, "not the tensors of a head"),
        ({}, "neither a backbone nor a head"),
    ],
)
def test_tensors_that_make_no_head(
    head_only: Path, tensors: dict[str, np.ndarray], told: str
) -> None:
    with pytest.raises(WeightsError, match=f"{head_only}: damaged: .*{told}.*; get it again"):
        read_encoder_file(rewritten(head_only, tensors))


def test_a_flipped_weight_is_noticed(whole: Path) -> None:
    content = bytearray(whole.read_bytes())
    (header,) = struct.unpack("<Q", content[:8])
    content[8 + header + 5] ^= 1
    whole.write_bytes(bytes(content))

    with pytest.raises(WeightsError, match="doesn't have its recorded checksum; get it again"):
        read_encoder_file(whole)


def test_neither_half_nor_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    weights = {"norm.weight": np.ones(4, np.float32)}
    for arguments in (
        {"tensors": {}, "head": HEAD},
        {"tensors": {}, "backbone": BACKBONE},
        {"tensors": weights, "head": HEAD, "backbone": BACKBONE},
    ):
        with pytest.raises(ValueError, match=r"neither|not both"):
            write_encoder_file(path, architecture="a", **arguments)
    assert not path.exists()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "x.safetensors"

    with pytest.raises(StorageError, match="a file is in the way where a folder is needed"):
        write_encoder_file(path, tensors={}, architecture="a", head=HEAD, backbone=BACKBONE)


def test_single_numbers_stay_single_numbers(tmp_path: Path) -> None:
    path = tmp_path / "network.safetensors"
    tensors = {"weight": np.ones(3, np.float32), "batches": np.array(7)}
    write_encoder_file(path, tensors=tensors, architecture="test_efficientnet.r160_in1k")
    assert load_file(path)["batches"].shape == ()

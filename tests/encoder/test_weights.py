from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from vsearch.encoder.architecture import build
from vsearch.encoder.weights import fill, read_weights
from vsearch.errors import WeightsError

SMALL = "test_vit.r160_in1k"


def same(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(a[0] == b[0] and torch.equal(a[1], b[1]) for a, b in pairs)


def test_a_model_built_empty_and_filled_equals_the_one_saved(
    model: nn.Module, weights_file: Path
) -> None:
    empty = build(SMALL, seed=None)

    fill(empty, read_weights(weights_file), SMALL)

    assert same(empty, model)


def test_a_classifier_in_the_file_is_left_out(model: nn.Module, weights_file: Path) -> None:
    tensors = load_file(weights_file)
    head = {"head.weight": torch.zeros(1000, 64), "head.bias": torch.zeros(1000)}
    save_file(tensors | head, weights_file)
    empty = build(SMALL, seed=None)

    fill(empty, read_weights(weights_file), SMALL)

    assert same(empty, model)


def test_half_precision_in_the_file_becomes_float32_in_the_model(
    model: nn.Module, weights_file: Path
) -> None:
    halves = {name: tensor.half() for name, tensor in load_file(weights_file).items()}
    save_file(halves, weights_file)
    empty = build(SMALL, seed=None)

    fill(empty, read_weights(weights_file), SMALL)

    assert all(tensor.dtype == torch.float32 for tensor in empty.state_dict().values())
    assert same(empty, model.half().float())


def test_names_of_another_publication_are_converted(model: nn.Module, weights_file: Path) -> None:
    # OpenCLIP keeps the picture's half of a timm model under this prefix.
    tensors = {f"visual.trunk.{name}": value for name, value in model.state_dict().items()}
    save_file(tensors, weights_file)
    empty = build(SMALL, seed=None)

    fill(empty, read_weights(weights_file), SMALL)

    assert same(empty, model)


def test_says_what_the_metadata_call_the_architecture(model: nn.Module, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_file(model.state_dict(), path, metadata={"format": "pt", "architecture": SMALL})

    assert read_weights(path).about.architecture == SMALL


def test_says_nothing_where_the_metadata_say_nothing(weights_file: Path) -> None:
    assert read_weights(weights_file).about.architecture is None


def test_weights_of_another_architecture_are_refused_by_name(weights_file: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        fill(build("test_vit2", seed=None), read_weights(weights_file), "test_vit2")

    message = str(caught.value)
    assert message.startswith(f"{weights_file}: doesn't fit test_vit2: ")
    assert '"reg_token" is missing' in message
    assert "more; name the architecture that the file was saved from" in message


def test_a_tensor_of_another_shape_is_refused_with_both_shapes(weights_file: Path) -> None:
    tensors = load_file(weights_file)
    tensors["norm.weight"] = torch.ones(65)
    save_file(tensors, weights_file)

    with pytest.raises(WeightsError, match=r'"norm.weight" is \(65,\), not \(64,\)'):
        fill(build(SMALL, seed=None), read_weights(weights_file), SMALL)


def test_a_tensor_too_many_is_refused(weights_file: Path) -> None:
    save_file(load_file(weights_file) | {"blocks.9.norm1.bias": torch.ones(64)}, weights_file)

    with pytest.raises(WeightsError, match=r'"blocks\.9\.norm1\.bias" has no place'):
        fill(build(SMALL, seed=None), read_weights(weights_file), SMALL)


def test_values_that_are_not_finite_are_refused(weights_file: Path) -> None:
    tensors = load_file(weights_file)
    tensors["norm.bias"][3] = float("nan")
    save_file(tensors, weights_file)

    with pytest.raises(WeightsError, match=r'damaged: "norm\.bias" has values that are not finite'):
        fill(build(SMALL, seed=None), read_weights(weights_file), SMALL)


def test_a_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "none.safetensors"

    with pytest.raises(WeightsError, match=f"{path}: no such weights file"):
        read_weights(path)


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=f"{tmp_path}: can't be read: Is a directory"):
        read_weights(tmp_path)


@pytest.mark.parametrize("kept", [0, 4, 100, 5_000, -1])
def test_a_truncated_file(weights_file: Path, kept: int) -> None:
    weights_file.write_bytes(weights_file.read_bytes()[:kept])

    with pytest.raises(WeightsError, match=f"{weights_file}: .*damaged; get it again"):
        read_weights(weights_file)


def test_a_header_that_promises_too_much(tmp_path: Path) -> None:
    header = {"a": {"dtype": "F32", "shape": [10**9], "data_offsets": [0, 4 * 10**9]}}
    text = json.dumps(header).encode()
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"\0" * 16)

    with pytest.raises(WeightsError, match="damaged; get it again"):
        read_weights(path)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_is_refused_unread_with_the_way_out(tmp_path: Path, zipped: bool) -> None:
    path = tmp_path / "x.pth"
    torch.save({"a": torch.ones(1)}, path, _use_new_zipfile_serialization=zipped)

    with pytest.raises(
        WeightsError, match=r"a pickle, which could run.*safetensors.torch.save_file"
    ):
        read_weights(path)

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from vsearch.encoder import precision
from vsearch.encoder.architecture import build, data_config
from vsearch.encoder.load import load_encoder
from vsearch.encoder.precision import choose_device, has_native_bfloat16, place
from vsearch.encoder.preprocessing import Preprocessing

SMALL = "test_vit.r160_in1k"
CPU = torch.device("cpu")


def preprocessing_of(model: nn.Module) -> Preprocessing:
    return Preprocessing.from_data_config(data_config(model))


def test_bfloat16_agrees_with_float32(make_picture: Callable[..., Image.Image]) -> None:
    images = [make_picture(200 + 30 * seed, 300, seed) for seed in range(6)]
    exact, fast = (
        load_encoder(SMALL, weights="random:0", device="cpu", dtype=dtype)
        for dtype in ("float32", "bfloat16")
    )

    cosines = np.sum(exact.encode(images) * fast.encode(images), axis=1)

    assert (exact.dtype, fast.dtype) == ("float32", "bfloat16")
    assert (cosines > precision.MIN_COSINE).all()
    assert not np.array_equal(exact.encode(images), fast.encode(images))


def never() -> nn.Module:
    raise AssertionError("there is no reason to load the model again")


@pytest.mark.parametrize(("native", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_auto_follows_the_hardware(
    model: nn.Module, monkeypatch: pytest.MonkeyPatch, native: bool, dtype: torch.dtype
) -> None:
    monkeypatch.setattr(precision, "has_native_bfloat16", lambda _: native)

    placed = place(model, preprocessing_of(model), CPU, "auto", reload=never)

    assert placed.dtype == dtype


class Touchy(nn.Module):
    """Lives from differences that bfloat16 rounds away."""

    num_features = 4

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1.0, 1.001, 1.002, 1.003]))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return (self.weight - 1.0).expand(len(batch), 4)


def test_auto_stays_with_float32_where_bfloat16_disagrees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "has_native_bfloat16", lambda _: True)
    preprocessing = preprocessing_of(build(SMALL, seed=0))
    pixels = np.zeros((1, preprocessing.height, preprocessing.width, 3), np.uint8)
    exact = place(Touchy(), preprocessing, CPU, "float32", reload=never)

    placed = place(Touchy(), preprocessing, CPU, "auto", reload=Touchy)

    assert placed.dtype == torch.float32
    assert torch.equal(placed.embed(pixels), exact.embed(pixels))


def test_auto_is_a_device_of_this_machine() -> None:
    assert str(choose_device("auto")) in precision.available_devices()
    assert choose_device("cpu") == CPU


def test_a_processor_without_the_instructions_has_no_native_bfloat16(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(precision.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False, raising=False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False, raising=False)
    assert not has_native_bfloat16(CPU)

    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True, raising=False)
    assert has_native_bfloat16(CPU)

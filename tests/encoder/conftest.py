"""A small ViT with seeded random weights, and pictures in files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from vsearch.encoder.architecture import build
from vsearch.encoder.load import load_encoder
from vsearch.encoder.timm_encoder import TimmEncoder

SMALL = "test_vit.r160_in1k"


@pytest.fixture(scope="session")
def encoder() -> TimmEncoder:
    return load_encoder(SMALL, weights="random:0", device="cpu", dtype="float32")


@pytest.fixture
def model() -> nn.Module:
    return build(SMALL, seed=0)


@pytest.fixture
def weights_file(tmp_path: Path, model: nn.Module) -> Path:
    """The weights of ``random:0`` in a file that doesn't say of what."""
    path = tmp_path / "weights.safetensors"
    save_file(model.state_dict(), path)
    return path


MakePicture = Callable[..., Image.Image]


@pytest.fixture(scope="session")
def make_picture() -> MakePicture:
    """``make_picture(width, height, seed=0)``, RGB."""
    return _picture


def _picture(width: int, height: int, seed: int = 0) -> Image.Image:
    """Blocks, a gradient and noise: what tells resampling filters apart."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (7, 5, 3), dtype=np.uint8)
    blocks = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.NEAREST))
    gradient = np.linspace(0, 60, width)[None, :, None]
    noise = random.integers(-40, 40, (height, width, 3))
    return Image.fromarray((blocks + gradient + noise).clip(0, 255).astype(np.uint8))


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Ten JPEG and PNG files of several shapes."""
    folder = tmp_path_factory.mktemp("pictures")
    paths = []
    for number in range(10):
        path = folder / f"{number}.{'jpg' if number % 2 else 'png'}"
        _picture(200 + 40 * number, 420 - 30 * number, seed=number).save(path)
        paths.append(path)
    return paths

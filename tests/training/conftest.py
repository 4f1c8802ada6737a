"""A folder of small pictures, and the smallest real ViT to learn from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vsearch.encoder.interface import EncoderSpec

SMALL = "test_vit.r160_in1k"
PICTURES = 24


@pytest.fixture(scope="session")
def teacher() -> EncoderSpec:
    return EncoderSpec(SMALL, "random:0")


@pytest.fixture(scope="session")
def student() -> EncoderSpec:
    return EncoderSpec(SMALL, "random:1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures of blocks in other colours each."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(PICTURES):
        random = np.random.default_rng(number)
        blocks = random.integers(0, 256, (4, 4, 3), dtype=np.uint8)
        image = Image.fromarray(blocks).resize((96, 80), Image.Resampling.NEAREST)
        image.save(pictures / f"{number:02}.png")
    return pictures

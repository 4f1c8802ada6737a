"""Labelled pictures in files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

Paint = Callable[..., Path]

CATALOG = Path(__file__).parents[2] / "catalog"


@pytest.fixture
def paint(tmp_path: Path) -> Paint:
    """``paint("shoes/a.png", "red")`` writes a picture of one colour below the test's folder."""

    def write(name: str, colour: str = "red") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 30), colour).save(path)
        return path

    return write


@pytest.fixture
def catalog() -> Path:
    return CATALOG

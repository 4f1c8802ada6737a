from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

CATALOG = Path(__file__).parents[2] / "catalog"
GUITAR = CATALOG / "queries" / "electric-guitar-1f3b8.png"


@pytest.fixture(scope="session")
def service(copy_sample: Callable[[], Path], serve: Any) -> Iterator[Any]:
    """The sample catalogue, served without limits to whoever asks: ``.url``, ``.folder``."""
    folder = copy_sample()
    with serve(folder) as live:
        yield live


@pytest.fixture
def http(service: Any) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, timeout=30) as client:
        yield client

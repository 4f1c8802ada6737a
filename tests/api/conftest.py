from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

CATALOG = Path(__file__).parents[2] / "catalog"
GUITAR = CATALOG / "queries" / "electric-guitar-1f3b8.png"


def _service_module() -> Any:
    """``tests/service.py``; under importlib mode folders of tests are no packages."""
    name = "vsearch_tests_service"
    if name not in sys.modules:
        path = Path(__file__).parents[1] / "service.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


serving = _service_module().serving


@pytest.fixture(scope="session")
def serve() -> Any:
    """``with serve(folder, serving_settings, settings) as live``: ``.url``, ``.folder``."""
    return serving


@pytest.fixture(scope="session")
def service(sample_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The sample catalogue, served without limits to whoever asks: ``.url``, ``.folder``."""
    folder = tmp_path_factory.mktemp("service") / "collection"
    shutil.copytree(sample_collection, folder)
    with serving(folder) as live:
        yield live


@pytest.fixture
def http(service: Any) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, timeout=30) as client:
        yield client

"""The service does what its own description says, asked by a program that only knows that."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from vsearch import Collection, Settings
from vsearch.access.scope import Scope
from vsearch.service_settings import Anonymous, ServiceSettings

#: What no schema can tell: whether a filter can be read, or a text decodes to a picture.
LEFT_OUT = "positive_data_acceptance"

#: Requests that would be too few to have tried anything.
ENOUGH = 500


@pytest.fixture(scope="module")
def guarded(copy_sample: Callable[[], Path], serve: Any) -> Iterator[tuple[str, str]]:
    """A service that nobody may use without a key, and a key for everything."""
    folder = copy_sample()
    with Collection.open(folder, settings=Settings(device="cpu")) as opened:
        _, key = opened.keys.create("test", Scope.ADMIN)
    with serve(folder, ServiceSettings(anonymous=Anonymous.NONE, per_minute=0)) as live:
        yield live.url, key.text


def test_what_is_described_is_what_happens(guarded: tuple[str, str], tmp_path: Path) -> None:
    url, key = guarded
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json"),
            *("--max-examples", "12", "--seed", "7", "--exclude-checks", LEFT_OUT),
            *("--header", f"Authorization: Bearer {key}", "--no-color"),
            # Each would start a process that reads a feed of noise.
            *("--exclude-path", "/v1/feeds"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert run.returncode == 0, run.stdout[-6000:]
    counted = re.search(r"([\d,]+) generated, ([\d,]+) passed", run.stdout)
    assert counted is not None, run.stdout[-2000:]
    assert int(counted[2].replace(",", "")) > ENOUGH


def test_each_endpoint_tells_its_problems(guarded: tuple[str, str]) -> None:
    url, _ = guarded
    description = httpx.get(f"{url}/openapi.json").json()
    assert description["openapi"].startswith("3.1")
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            for status, answer in operation["responses"].items():
                if status >= "4":
                    assert list(answer["content"]) == ["application/problem+json"], (path, status)


def test_without_a_key_nothing_is_told(guarded: tuple[str, str]) -> None:
    url, key = guarded
    description = httpx.get(f"{url}/openapi.json").json()
    for path, operations in description["paths"].items():
        for method in operations:
            address = url + path.replace("{sku}", "A").replace("{", "").replace("}", "")
            answer = httpx.request(method, address)
            expected = {200} if path in ("/healthz", "/readyz") else {401}
            assert answer.status_code in expected, (method, path)
    assert httpx.get(f"{url}/v1/collection", headers={"Authorization": f"Bearer {key}"}).is_success

"""The container's own command, run outside of one: refused, given a key, healthy, stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import promql_parser
import pytest
import yaml

from tests.deploy.image import ROOT, image
from vsearch import Collection, Settings
from vsearch.access.scope import Scope

DEPLOY = ROOT / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "vsearch.json").read_text())
RULES = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())

_START_S = 60
_STOP_S = 30

#: Prometheus' own.
_ALWAYS_THERE = {"up"}


@dataclass
class Container:
    """The image's command and environment, with folders and a port of this machine."""

    environment: dict[str, str]
    folder: Path
    port: int

    def argv(self, words: list[str]) -> list[str]:
        program = {"vsearch": str(Path(sys.executable).with_name("vsearch"))}
        return [program.get(words[0], sys.executable), *words[1:]]

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.argv(image().command),
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def is_healthy(self) -> bool:
        done = subprocess.run(self.argv(image().health), env=self.environment, capture_output=True)
        return done.returncode == 0

    @property
    def collection(self) -> Path:
        return Path(self.environment["VSEARCH_COLLECTION"])


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Container:
    folder = tmp_path_factory.mktemp("container")
    made = image()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    inside = {
        name: value.replace(made.volume, str(folder)) for name, value in made.environment.items()
    }
    own = {
        "PATH": os.environ["PATH"],
        "VSEARCH_SERVE_PORT": str(port),
        # Of several processes only figures are told that something was counted in already.
        "VSEARCH_SERVE_WORKERS": "1",
        "VSEARCH_DEVICE": "cpu",
    }
    return Container(inside | own, folder, port)


@pytest.fixture(scope="module")
def refusal(container: Container) -> str:
    """What the first start in an empty volume says: nobody has a key yet."""
    started = container.start()
    told, _ = started.communicate(timeout=_START_S)
    assert started.returncode == 1
    return told


@pytest.fixture(scope="module")
def key(container: Container, refusal: str) -> str:
    """As ``vsearch keys create prometheus --scope admin`` makes it."""
    with Collection.open(container.collection, settings=Settings(device="cpu")) as opened:
        _, made = opened.keys.create("prometheus", Scope.ADMIN)
    return made.text


@pytest.fixture(scope="module")
def running(container: Container, key: str) -> Iterator[subprocess.Popen[str]]:
    process = container.start()
    end = time.monotonic() + _START_S
    while not container.is_healthy():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < end
        time.sleep(0.2)
    yield process
    process.kill()
    process.communicate()


def test_without_a_key_it_refuses_and_says_what_to_do(refusal: str) -> None:
    assert "vsearch keys create" in refusal
    assert "Traceback" not in refusal


@pytest.fixture(scope="module")
def figures(container: Container, running: object, key: str) -> set[str]:
    """The names of everything that the service tells Prometheus, scraped as Prometheus does."""
    url = f"http://127.0.0.1:{container.port}/metrics"
    assert httpx.get(url).status_code == 401
    answer = httpx.get(url, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", answer.text, re.MULTILINE))
    parts = {"histogram": ("_bucket", "_sum", "_count")}
    return {name + part for name, kind in kinds.items() for part in parts.get(kind, ("",))}


def named_in(expression: str) -> set[str]:
    """The figures that a query names; a query that can't be read is an error."""
    parsed = promql_parser.parse(expression.replace("$__rate_interval", "1m"))
    found: set[str] = set()

    def visit(node: Any) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            found.add(node.name)
        for part in ("expr", "lhs", "rhs", "vs", "vector_selector", "param"):
            if (below := getattr(node, part, None)) is not None:
                visit(below)
        for below in getattr(node, "args", None) or ():
            visit(below)

    visit(parsed)
    assert found, expression
    return found


PANELS = [
    (panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel["targets"]
]
ALERTS = [(rule["alert"], rule["expr"]) for group in RULES["groups"] for rule in group["rules"]]


def test_the_dashboard_and_the_alerts_name_only_what_the_service_tells(figures: set[str]) -> None:
    for title, expression in (*PANELS, *ALERTS):
        assert named_in(expression) <= figures | _ALWAYS_THERE, title


def test_everything_that_is_told_is_explained(figures: set[str]) -> None:
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    told = {re.sub(r"_(bucket|sum|count)$", "", name) for name in figures}
    explained = set(re.findall(r"`(vsearch_\w+)`", page))
    assert explained == {name for name in told if not name.endswith("_created")}


def test_panels_have_places_of_their_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_its_log_is_json(container: Container, running: subprocess.Popen[str], key: str) -> None:
    """The last test: it stops the service, as the image's stop signal does."""
    answer = httpx.get(
        f"http://127.0.0.1:{container.port}/readyz", headers={"X-Request-ID": "test-1"}
    )
    assert answer.status_code == 200
    running.send_signal(signal.Signals[image().stop_signal])
    told, _ = running.communicate(timeout=_STOP_S)
    # Ended by the very signal that asked for it, once everything was done.
    assert running.returncode in (0, -signal.SIGTERM)
    assert "Traceback" not in told
    lines = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    assert any("test-1" in line.values() for line in lines)

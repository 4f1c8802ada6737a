from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from vsearch.cli import main

CATALOG = Path(__file__).parents[2] / "catalog"

# A real, small ViT without training: what is tested here is the way to it and back.
ENCODER = ("--encoder", "test_vit.r160_in1k", "--weights", "random:0", "--device", "cpu")


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """What ``--json`` printed: one object a line and nothing else."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> str:
        """The one line that stderr ends with, of a command that failed as it should."""
        assert self.code == 1, (self.code, self.err)
        assert "Traceback" not in self.err
        lines = self.err.splitlines()
        assert [line for line in lines if line.startswith("error: ")] == lines[-1:]
        return lines[-1].removeprefix("error: ")


Run = Callable[..., Outcome]


def run_in_process(*arguments: str | Path, stdin: bytes = b"") -> Outcome:
    """Run ``vsearch`` as its script does, without paying for another import of torch."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["vsearch", *map(str, arguments)])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        with pytest.raises(SystemExit) as exit_:
            main()
    code = exit_.value.code
    return Outcome(code if isinstance(code, int) else 0, out.getvalue(), err.getvalue())


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This one without VSEARCH_* variables, and one thread, as other tests run beside it."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("VSEARCH_")}
    return plain | {"COLUMNS": "200"} | dict(extra or {})


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("VSEARCH_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def vsearch() -> Run:
    return run_in_process


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start ``python -m vsearch``; what the test leaves running is ended."""
    started: list[subprocess.Popen[bytes]] = []

    def start_one(
        *arguments: str | Path, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "vsearch", *map(str, arguments)]
        process = subprocess.Popen(command, env=environment(env), **options)
        started.append(process)
        return process

    yield start_one
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def run_process(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> Outcome:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, env=environment(env), timeout=120
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


@dataclass(frozen=True)
class Indexed:
    """The sample catalogue, indexed by the command line in a process of its own."""

    folder: Path
    asked: Path
    """The folder that the command was given; it has moved since."""
    outcome: Outcome


@pytest.fixture(scope="session")
def indexed(made_once: Callable[..., Path]) -> Indexed:
    def index(folder: Path) -> None:
        folder.mkdir()
        asked = folder / "collection"
        command = [sys.executable, "-m", "vsearch", "index", CATALOG, "-c", asked, *ENCODER]
        outcome = run_process(command)
        assert outcome.code == 0, outcome.err
        told = {"asked": str(asked), "outcome": asdict(outcome)}
        (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")

    made = made_once("sample-collection-of-the-command-line", index)
    told = json.loads((made / "told.json").read_text(encoding="utf-8"))
    return Indexed(made / "collection", Path(told["asked"]), Outcome(**told["outcome"]))


@pytest.fixture
def collection(indexed: Indexed) -> Path:
    """The folder of the sample's collection; tests only read it."""
    return indexed.folder


@pytest.fixture
def photo() -> Path:
    """A picture of the catalogue itself, which finds its own product first."""
    return CATALOG / "images" / "blue-book-1f4d8.webp"


@pytest.fixture
def catalog() -> Path:
    return CATALOG


@pytest.fixture
def small_feed(tmp_path: Path) -> Path:
    """Three products with pictures of the sample, as JSON Lines beside a folder of images."""
    pictures = sorted((CATALOG / "images").iterdir())[:3]
    folder = tmp_path / "shop"
    folder.mkdir()
    lines = []
    for number, picture in enumerate(pictures):
        (folder / picture.name).write_bytes(picture.read_bytes())
        lines.append(json.dumps({"sku": f"S{number}", "title": "T", "image": picture.name}))
    feed = folder / "feed.jsonl"
    feed.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return feed


@pytest.fixture
def small(vsearch: Run, small_feed: Path, tmp_path: Path) -> Path:
    """A collection of three products, to be changed and damaged."""
    folder = tmp_path / "collection"
    assert vsearch("index", small_feed, "-c", folder, *ENCODER).code == 0
    return folder


@pytest.fixture
def encoder_options() -> tuple[str, ...]:
    return ENCODER


@pytest.fixture
def run_command() -> Callable[..., Outcome]:
    """Run any command in a process of its own."""
    return run_process

"""The rules of the layout that a reviewer would otherwise have to keep."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from importlinter import cli as import_linter

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "vsearch"

HEAVY = (
    "PIL",
    "alembic",
    "faiss",
    "httpx",
    "jinja2",
    "numpy",
    "pillow_heif",
    "pyarrow",
    "safetensors",
    "sqlalchemy",
    "timm",
    "torch",
    "torchvision",
)


def sources() -> list[Path]:
    found = sorted(PACKAGE.rglob("*.py"))
    assert found
    return found


def test_imports_go_one_way(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    status = import_linter.lint_imports(
        config_filename=str(ROOT / "pyproject.toml"), no_cache=True, is_debug_mode=False
    )
    assert status == import_linter.EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_every_part_of_the_package_stands_in_a_layer() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = [
        contract["layers"]
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    ]
    listed = {name.strip().removeprefix("vsearch.") for line in layers for name in line.split("|")}
    parts = {
        path.stem
        for path in PACKAGE.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    # What the package itself is, and what runs it.
    assert parts - {"__init__", "__main__", "_version"} == listed


@pytest.mark.parametrize("word", ["util", "helper", "common", "misc", "manager", "tools"])
def test_no_module_is_named_after_nothing(word: str) -> None:
    # A tool is a thing of the Model Context Protocol.
    named = [path for path in sources() if path.parent.name != "mcp_server"]
    assert [path for path in named if word in path.stem.lower()] == []


def test_the_environment_is_read_in_one_place() -> None:
    readers = {
        path.relative_to(PACKAGE).as_posix()
        for path in sources()
        # The command line sets a variable of OpenMP's before torch reads it.
        if re.search(r"\benviron\b(?!\.setdefault)|\bgetenv\b", path.read_text(encoding="utf-8"))
    }
    assert readers == {"settings.py"}


def test_only_the_command_line_exits_and_prints() -> None:
    outside = [
        path
        for path in sources()
        if "cli" not in path.relative_to(PACKAGE).parts and path.name != "__main__.py"
    ]
    for path in outside:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\bsys\.exit\(|\bSystemExit\b|\bprint\(", text), path


def modules_after(program: str) -> set[str]:
    """The top-level modules that a fresh interpreter has imported after a program."""
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        # Coverage, where it is measured, imports more than the program does.
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    "program",
    [
        "import vsearch",
        "import vsearch.cli",
        "import vsearch.__main__",
        "import vsearch.cli.app",
        "import typer.main, vsearch.cli.app; typer.main.get_command(vsearch.cli.app.app)",
        "from vsearch import Product, Settings, VsearchError",
    ],
)
def test_what_is_heavy_is_imported_when_it_is_used(program: str) -> None:
    imported = modules_after(program)
    assert "vsearch" in imported
    assert imported & set(HEAVY) == set()


def test_that_would_be_noticed() -> None:
    assert {"numpy", "faiss"} <= modules_after("import vsearch.index.exact, vsearch.index.hnsw")

"""The notebook runs from its first cell to its last, and is kept without what it printed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "docs" / "recommender.ipynb"


def read() -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


def code() -> list[nbformat.NotebookNode]:
    return [cell for cell in read().cells if cell.cell_type == "code"]


def test_it_is_kept_without_outputs() -> None:
    nbformat.validate(read())
    assert len(code()) > 10
    assert all(not cell.outputs and cell.execution_count is None for cell in code())


def printed(cell: nbformat.NotebookNode) -> str:
    texts = [one.get("text") or one.get("data", {}).get("text/plain", "") for one in cell.outputs]
    return "".join(texts)


def test_it_runs(sample_collection: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder like ``docs``, but with the sample indexed already."""
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    folder = tmp_path / "docs"
    folder.mkdir()
    (tmp_path / "catalog").symlink_to(ROOT / "catalog")
    shutil.copytree(sample_collection, tmp_path / "demo" / "recommender")
    notebook = read()
    resources = {"metadata": {"path": str(folder)}}

    NotebookClient(notebook, timeout=200, resources=resources).execute()

    said = {cell.source: printed(cell) for cell in notebook.cells if cell.cell_type == "code"}
    assert len(said) == len(code())
    whole = "\n".join(said.values())
    assert "229 products" in whole
    assert "3 new, 0 known before, 0 rejected" in whole
    (judged,) = (text for source, text in said.items() if "evaluate_recommender(" in source)
    recall = {name: float(mean) for name, mean in re.findall(r"│ (\S.*?) +┆ (\S+) \[", judged)}
    assert len(recall) >= 5
    assert recall["vsearch"] > recall["random"]

"""``vsearch map`` as a user meets it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _with_the_extra() -> None:
    pytest.importorskip("openTSNE", reason="openTSNE is not installed")


def test_one_page_is_written_and_its_size_told(vsearch, small: Path, tmp_path: Path) -> None:
    page = tmp_path / "map.html"
    outcome = vsearch("map", page, "-c", small)
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err.startswith(f"{page}: 3 products, ")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_what_is_grey_is_counted(vsearch, small: Path, small_feed: Path, tmp_path: Path) -> None:
    next(small_feed.parent.glob("*.webp")).unlink()
    outcome = vsearch("map", tmp_path / "map.html", "-c", small, "--layout", "grid")
    assert outcome.code == 0
    assert outcome.err.endswith("grey, because the picture can't be read any more: 1\n")


def test_nothing_to_colour_by_is_refused(vsearch, small: Path, tmp_path: Path) -> None:
    outcome = vsearch("map", tmp_path / "map.html", "-c", small, "--colour-by", "price")
    assert outcome.error == '"price" is nothing to colour by; take category, brand or attr.NAME'
    assert not (tmp_path / "map.html").exists()


def test_a_missing_library_is_named_with_its_remedy(
    vsearch, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openTSNE", None)
    outcome = vsearch("map", tmp_path / "map.html", "-c", small)
    assert outcome.error == 'a map needs openTSNE, which is not installed: pip install ".[map]"'


def test_a_folder_that_is_missing_is_named(vsearch, small: Path, tmp_path: Path) -> None:
    outcome = vsearch("map", tmp_path / "no" / "map.html", "-c", small)
    assert "its folder does not exist" in outcome.error

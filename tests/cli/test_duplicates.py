"""``vsearch duplicates`` as a user meets it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest


@pytest.fixture
def relisted(vsearch, catalog: Path, tmp_path: Path, encoder_options) -> Path:
    """A collection of three products and one of them once more, under another name."""
    folder = tmp_path / "shop"
    folder.mkdir()
    pictures = ["pear-1f350.webp", "bed-1f6cf.webp", "ring-1f48d.webp"]
    lines = []
    for number, name in enumerate(pictures):
        shutil.copy(catalog / "images" / name, folder)
        lines.append({"sku": f"S{number}", "title": "T", "price": "9.00 EUR", "image": name})
    shutil.copy(folder / pictures[0], folder / "again.webp")
    lines.append({"sku": "AGAIN", "title": "Pear, new", "image": "again.webp"})
    feed = folder / "feed.jsonl"
    feed.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    collection = tmp_path / "collection"
    assert vsearch("index", feed, "-c", collection, *encoder_options).code == 0
    return collection


def test_groups_stand_in_a_table(vsearch, relisted: Path) -> None:
    outcome = vsearch("duplicates", "-c", relisted)
    assert outcome.code == 0
    header, first, again = (line.split() for line in outcome.out.splitlines())
    assert header == ["group", "score", "sku", "title", "image"]
    assert first == ["1", "first", "S0", "T", "pear-1f350.webp"]
    assert again == ["same", "file", "AGAIN", "Pear,", "new", "again.webp"]
    assert "1 group of 2 products; 3 images" in outcome.err


def test_json_is_one_object_a_group(vsearch, relisted: Path) -> None:
    outcome = vsearch("duplicates", "-c", relisted, "--json")
    (group,) = outcome.objects
    assert (group["group"], group["same_file"], group["similarity"]) == (1, True, 1.0)
    assert [one["sku"] for one in group["products"]] == ["S0", "AGAIN"]
    assert group["products"][0]["price"] == "9.00"


def test_files_are_written_beside_the_table(vsearch, relisted: Path, tmp_path: Path) -> None:
    table, page = tmp_path / "d.csv", tmp_path / "d.html"
    outcome = vsearch("duplicates", "-c", relisted, "--csv", table, "--html", page)
    assert outcome.code == 0
    assert outcome.err.endswith(f"report: {page}\n")
    with table.open(encoding="utf-8", newline="") as file:
        assert [row["sku"] for row in csv.DictReader(file)] == ["S0", "AGAIN"]
    assert "AGAIN" in page.read_text(encoding="utf-8")


def test_none_is_an_answer_and_no_failure(vsearch, small: Path, tmp_path: Path) -> None:
    page = tmp_path / "none.html"
    outcome = vsearch("duplicates", "-c", small, "--html", page)
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err.startswith("no duplicates; 3 images, compared from a similarity of ")
    assert "<h1>No duplicates</h1>" in page.read_text(encoding="utf-8")
    assert vsearch("duplicates", "-c", small, "--json").out == ""


def test_a_threshold_out_of_range_is_refused(vsearch, small: Path) -> None:
    outcome = vsearch("duplicates", "-c", small, "--threshold", "1.5")
    assert outcome.code == 2
    assert "--threshold" in outcome.err


def test_a_folder_without_a_collection_is_named(vsearch, tmp_path: Path) -> None:
    assert str(tmp_path / "no") in vsearch("duplicates", "-c", tmp_path / "no").error

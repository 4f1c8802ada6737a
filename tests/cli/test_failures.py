"""What goes wrong is said in one line on stderr, without a traceback, and exits with 1."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def test_no_collection(vsearch, tmp_path: Path, photo: Path) -> None:
    folder = tmp_path / "nothing"
    for command in (
        ("query", photo),
        ("query", "--sku", "A"),
        ("status",),
        ("remove", "A"),
        ("export", "-"),
    ):
        error = vsearch(*command, "-c", folder).error
        assert error.startswith(f"{folder}: no collection here; ")
        assert f"vsearch index FEED --collection {folder}" in error
    assert not folder.exists()


def test_unknown_sku(vsearch, collection: Path) -> None:
    error = vsearch("query", "--sku", "NO-SUCH", "-c", collection).error
    assert error == f'{collection}: no product has the SKU "NO-SUCH"'


@pytest.mark.parametrize(
    ("photo", "problem"), [("nowhere.jpg", "no such file"), (".", "is a folder, not a file")]
)
def test_no_such_photo(vsearch, collection: Path, photo: str, problem: str) -> None:
    assert vsearch("query", photo, "-c", collection).error == f"{photo}: {problem}"


def test_a_photo_that_is_none(vsearch, collection: Path, tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    file.write_text("<html>not found</html>")
    assert vsearch("query", file, "-c", collection).error.startswith(f"{file}: ")
    assert vsearch("query", "-", "-c", collection).error == "the photo: empty (0 bytes)"
    error = vsearch("query", "-", "-c", collection, stdin=b"text").error
    assert error.startswith("the photo: ")


def test_no_such_feed(vsearch, tmp_path: Path, encoder_options) -> None:
    error = vsearch("index", tmp_path / "feed.csv", "-c", tmp_path / "c", *encoder_options).error
    assert error == f"{tmp_path / 'feed.csv'}: no such file or folder"
    assert not (tmp_path / "c").exists()


def test_a_feed_with_a_missing_column(vsearch, tmp_path: Path, encoder_options) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_text("title,foto\nLamp,a.jpg\n", encoding="utf-8")
    error = vsearch("index", feed, "-c", tmp_path / "c", *encoder_options).error
    assert error.startswith(str(feed))
    assert "sku" in error
    assert "--map" in error


def test_an_unknown_kind_of_index(vsearch, small_feed: Path, tmp_path: Path) -> None:
    error = vsearch("index", small_feed, "-c", tmp_path / "c", "--index", "flat").error
    assert error.startswith('"flat" is no kind of index')


def test_another_encoder_than_it_was_built_with(
    vsearch, small: Path, small_feed: Path, photo: Path
) -> None:
    other = ("--encoder", "test_vit.r160_in1k", "--weights", "random:1")
    for command in (("query", photo), ("index", small_feed)):
        error = vsearch(*command, "-c", small, *other).error
        assert "test_vit.r160_in1k (random:0)" in error
        assert "test_vit.r160_in1k (random:1)" in error
    error = vsearch(
        "query", photo, "-c", small, "--encoder", "test_vit2.r160_in1k", "--weights", "random:0"
    ).error
    assert "test_vit.r160_in1k" in error
    assert "test_vit2.r160_in1k" in error
    assert len(vsearch("export", "-", "-c", small).objects) == 3


def test_no_such_encoder(vsearch, small_feed: Path, tmp_path: Path) -> None:
    named = ("--encoder", "vit_gigantic", "--weights", "random:0")
    error = vsearch("index", small_feed, "-c", tmp_path / "c", *named).error
    assert "vit_gigantic" in error
    weights = tmp_path / "none.safetensors"
    error = vsearch("index", small_feed, "-c", tmp_path / "c", "--weights", weights).error
    assert str(weights) in error


def test_no_such_device(vsearch, small: Path, photo: Path) -> None:
    assert "tpu" in vsearch("query", photo, "-c", small, "--device", "tpu").error


def test_a_setting_without_a_usable_value(
    vsearch, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSEARCH_MAX_MEGAPIXELS", "lots")
    error = vsearch("status", "-c", small).error
    assert error == 'VSEARCH_MAX_MEGAPIXELS: "lots" is not a positive number'


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format_version": 1}', "\x00\x01"])
def test_a_damaged_manifest(vsearch, small: Path, photo: Path, content: str) -> None:
    manifest = small / "manifest.json"
    manifest.write_text(content, encoding="utf-8")
    for command in (("query", photo), ("status",), ("remove", "S0"), ("export", "-")):
        assert vsearch(*command, "-c", small).error.startswith(f"{manifest}: ")


def test_a_newer_format(vsearch, small: Path, small_feed: Path, photo: Path) -> None:
    manifest = small / "manifest.json"
    record = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(record | {"format_version": 99, "written_by": "9.9"}))
    before = {path: path.read_bytes() for path in small.rglob("*.safetensors")}
    for command in (("query", photo), ("status",), ("index", small_feed), ("remove", "S0")):
        error = vsearch(*command, "-c", small).error
        assert "format 99, written by vsearch 9.9" in error
        assert error.endswith("upgrade vsearch")
    assert before == {path: path.read_bytes() for path in small.rglob("*.safetensors")}


def test_an_index_file_that_is_gone(vsearch, small: Path, small_feed: Path, photo: Path) -> None:
    (folder,) = (small / "index").iterdir()
    for file in folder.iterdir():
        file.unlink()
    error = vsearch("query", photo, "-c", small).error
    assert str(folder) in error
    assert "vsearch index --rebuild FEED" in error
    # The remedy that it names works, and encodes nothing.
    (summary,) = vsearch("index", "--rebuild", small_feed, "-c", small, "--json").objects
    assert summary["images"]["encoded"] == 0
    assert len(vsearch("query", photo, "-c", small, "--json").objects) == 3


def test_a_database_that_is_none(vsearch, small: Path, photo: Path) -> None:
    for path in small.glob("products.db*"):
        path.unlink()
    (small / "products.db").write_bytes(b"this is no database" * 300)
    assert "products.db" in vsearch("query", photo, "-c", small).error


@pytest.mark.parametrize("place", ["nowhere/file", "."])
def test_a_file_that_cannot_be_written(
    vsearch, small: Path, small_feed: Path, photo: Path, tmp_path: Path, place: str
) -> None:
    file = tmp_path / place
    assert str(file) in vsearch("index", small_feed, "-c", small, "--rejected", file).error
    assert str(file) in vsearch("query", photo, "-c", small, "--html", file).error


def test_a_collection_where_a_file_is(vsearch, small_feed: Path, tmp_path: Path, encoder_options):
    file = tmp_path / "file"
    file.write_text("in the way")
    error = vsearch("index", small_feed, "-c", file, *encoder_options).error
    assert str(file) in error
    assert file.read_text() == "in the way"

"""``vsearch status``: figures, rejected images, checksums."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_figures_for_people(vsearch, collection: Path, catalog: Path) -> None:
    outcome = vsearch("status", "-c", collection)
    assert outcome.code == 0
    shown = " ".join(outcome.out.split())
    for text in (
        f"collection {collection}",
        "products 229 (0 without a usable image)",
        "images 254 (0 rejected)",
        "index exact, 254 embeddings of 64, generation 1",
        "encoder test_vit.r160_in1k (random:0)",
        str(catalog),
    ):
        assert text in shown


def test_figures_for_machines(vsearch, collection: Path, catalog: Path) -> None:
    (status,) = vsearch("status", "-c", collection, "--json").objects
    assert (status["products"], status["sources"]) == (229, 254)
    assert (status["without_image"], status["rejected"]) == (0, 0)
    manifest = status["manifest"]
    assert (manifest["dim"], manifest["metric"], manifest["index_size"]) == (64, "cosine", 254)
    assert manifest["encoder"]["weights"] == "random:0"
    assert len(manifest["encoder"]["fingerprint"]) == 32
    assert status["calibration"]["encoder"] == manifest["encoder"]["fingerprint"]
    (feed,) = status["feeds"]
    assert (feed["format"], feed["products"], feed["root"]) == ("folder", 229, str(catalog))
    files = [path for path in collection.rglob("*") if path.is_file()]
    for part in ("embeddings", "index"):
        size = sum(path.stat().st_size for path in files if part in path.parts)
        assert status[f"{part}_bytes"] == size > 0


def test_an_empty_collection(vsearch, tmp_path: Path, encoder_options) -> None:
    feed = tmp_path / "feed.jsonl"
    feed.write_text('{"sku": "A"}\n', encoding="utf-8")
    assert vsearch("index", feed, "-c", tmp_path / "c", *encoder_options).code == 0
    outcome = vsearch("status", "-c", tmp_path / "c")
    assert "1 (1 without a usable image)" in outcome.out
    assert "calibration none: it takes 20 products" in " ".join(outcome.out.split())


def test_lists_the_images_that_cannot_be_used(vsearch, small: Path, small_feed: Path) -> None:
    (small_feed.parent / "text.jpg").write_text("not a picture")
    with small_feed.open("a", encoding="utf-8") as feed:
        feed.write('{"sku": "M", "images": ["missing.jpg", "text.jpg"]}\n')
    assert vsearch("index", small_feed, "-c", small).code == 0
    table = vsearch("status", "-c", small, "--rejected")
    rows = table.out.splitlines()
    assert [row.split()[0] for row in rows[1:]] == ["missing.jpg", "text.jpg"]
    records = vsearch("status", "-c", small, "--rejected", "--json").objects
    assert [record["location"] for record in records] == ["missing.jpg", "text.jpg"]
    assert all(record["reason"] for record in records)
    assert records[0]["reason"] in rows[1]


def test_verify_reads_every_file(vsearch, small: Path) -> None:
    outcome = vsearch("status", "-c", small, "--verify")
    assert outcome.code == 0
    assert "every file has its recorded checksum" in outcome.err


@pytest.mark.parametrize("part", ["index", "embeddings"])
def test_verify_names_the_file_whose_content_has_changed(vsearch, small: Path, part: str) -> None:
    files = [path for path in (small / part).rglob("*") if path.is_file()]
    largest = max(files, key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[-1] ^= 1
    largest.write_bytes(content)
    error = vsearch("status", "-c", small, "--verify").error
    assert largest.name in error
    assert "checksum" in error

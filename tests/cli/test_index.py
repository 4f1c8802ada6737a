"""``vsearch index``: what it prints, and that its options reach the feed's reader."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest


def test_says_what_it_did(indexed) -> None:
    summary = indexed.outcome.out
    for text in (
        "229 added",
        "254 encoded",
        "test_vit.r160_in1k (random:0)",
        "exact, 254 embeddings, generation 1 (new)",
        "images/s",
        str(indexed.asked),
    ):
        assert text in summary


def test_draws_no_progress_where_stderr_is_no_terminal(indexed) -> None:
    assert indexed.outcome.err == ""


def test_a_second_run_has_nothing_to_do(vsearch, small: Path, small_feed: Path) -> None:
    outcome = vsearch("index", small_feed, "-c", small, "--json")
    assert outcome.code == 0
    (summary,) = outcome.objects
    assert summary["products"]["unchanged"] == 3
    assert summary["images"] | {"unchanged": 0} == dict.fromkeys(summary["images"], 0)
    assert summary["images"]["unchanged"] == 3
    assert summary["published"] is False
    assert summary["generation"] == 1


def test_a_dry_run_changes_nothing(vsearch, small_feed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "never"
    outcome = vsearch("index", small_feed, "-c", folder, "--dry-run")
    assert outcome.code == 0
    assert "nothing was changed" in outcome.out
    assert "3 to read" in outcome.out
    assert not folder.exists()


def test_keeps_every_rejection(vsearch, small: Path, small_feed: Path, tmp_path: Path) -> None:
    shop = small_feed.parent
    (shop / "empty.jpg").write_bytes(b"")
    with small_feed.open("a", encoding="utf-8") as feed:
        feed.write('{"sku": "P", "price": "abc", "title": "Tür"}\n')
        feed.write('{"sku": "E", "image": "empty.jpg"}\n')
        feed.write('{"sku": "M", "image": "missing.jpg"}\n')
    file = tmp_path / "rejected.jsonl"
    outcome = vsearch("index", small_feed, "-c", small, "--rejected", file, "--json")
    assert outcome.code == 0, outcome.err
    (summary,) = outcome.objects
    assert summary["products"]["rejected"] == 1
    assert summary["images"]["rejected"] == 2
    assert summary["reasons"]["row: price"] == 1
    assert sum(summary["reasons"].values()) == 3
    records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    (row,) = [record for record in records if record["kind"] == "row"]
    assert (row["row"], row["field"]) == (4, "price")
    assert Path(row["file"]) == small_feed
    assert '"abc"' in row["problem"]
    assert json.loads(row["raw"]) == {"sku": "P", "price": "abc", "title": "Tür"}
    images = {
        record["location"]: record["reason"] for record in records if record["kind"] == "image"
    }
    assert set(images) == {"empty.jpg", "missing.jpg"}
    assert len(records) == 3
    told = outcome.err.splitlines()
    assert f"skipped {row['file']}:4: price: {row['problem']}" in told
    assert f"skipped empty.jpg: {images['empty.jpg']}" in told
    assert f"skipped missing.jpg: {images['missing.jpg']}" in told


def test_names_the_first_rejections_and_counts_the_others(
    vsearch, small_feed: Path, tmp_path: Path, encoder_options
) -> None:
    with small_feed.open("a", encoding="utf-8") as feed:
        feed.writelines(f'{{"sku": "P{n}", "price": "x"}}\n' for n in range(30))
    folder = tmp_path / "c"
    outcome = vsearch("index", small_feed, "-c", folder, *encoder_options)
    lines = outcome.err.splitlines()
    assert len(lines) == 21
    assert lines[-1] == "… and 10 more; --rejected FILE keeps them all"
    assert "30 rows rejected" in outcome.out
    assert vsearch("index", small_feed, "-c", folder, "--quiet").err == ""


def test_columns_are_mapped(vsearch, small_feed: Path, tmp_path: Path, encoder_options) -> None:
    picture = next(small_feed.parent.glob("*.webp")).name
    table = small_feed.parent / "odd.csv"
    table.write_text(f"art;what;foto\nA1;Lamp;{picture}\n", encoding="utf-8")
    folder = tmp_path / "c"
    mapped = ("--map", "art=sku", "--map", "what = title", "--map", "foto=image")
    outcome = vsearch("index", table, "-c", folder, *mapped, *encoder_options, "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.objects[0]["products"]["added"] == 1
    assert outcome.objects[0]["images"]["encoded"] == 1
    (product,) = vsearch("export", "-", "-c", folder).objects
    assert (product["sku"], product["title"], product["images"]) == ("A1", "Lamp", [picture])


@pytest.mark.parametrize("encoding", ["cp1251", "utf-16-le"])
def test_the_encoding_is_handed_on(
    vsearch, small_feed: Path, tmp_path: Path, encoder_options, encoding: str
) -> None:
    table = small_feed.parent / "table.csv"
    table.write_bytes("sku,title\nA1,Лампа\n".encode(encoding))
    folder = tmp_path / "c"
    told = ("--encoding", encoding, "--format", "csv")
    assert vsearch("index", table, "-c", folder, *told, *encoder_options).code == 0
    assert vsearch("export", "-", "-c", folder).objects[0]["title"] == "Лампа"


def test_the_format_is_handed_on(
    vsearch, small_feed: Path, tmp_path: Path, encoder_options
) -> None:
    """A table that would be taken for plain CSV is read as what it is said to be."""
    table = small_feed.parent / "export.csv"
    table.write_text("Handle,Title,SKU\nlamp,Lamp,\nlamp,,\n", encoding="utf-8")
    folder = tmp_path / "c"
    outcome = vsearch("index", table, "-c", folder, "--format", "shopify", *encoder_options)
    assert outcome.code == 0, outcome.err
    assert "(shopify)" in outcome.out
    assert "nothing" in vsearch("index", table, "-c", folder, "--format", "nothing").error


def test_prunes_what_left_the_feed(vsearch, small: Path, small_feed: Path) -> None:
    first, *rest = small_feed.read_text(encoding="utf-8").splitlines(keepends=True)
    small_feed.write_text("".join(rest), encoding="utf-8")
    assert vsearch("index", small_feed, "-c", small, "--json").objects[0]["products"] == {
        "added": 0,
        "changed": 0,
        "unchanged": 2,
        "removed": 0,
        "rejected": 0,
    }
    outcome = vsearch("index", small_feed, "-c", small, "--prune", "--json")
    assert outcome.objects[0]["products"]["removed"] == 1
    assert json.loads(first)["sku"] == "S0"
    assert [record["sku"] for record in vsearch("export", "-", "-c", small).objects] == ["S1", "S2"]


@pytest.mark.parametrize("kind", ["exact", "hnsw", "ivf"])
def test_the_kind_of_index_is_chosen(vsearch, small: Path, small_feed: Path, kind: str) -> None:
    assert vsearch("index", small_feed, "-c", small, "--index", kind).code == 0
    assert vsearch("status", "-c", small, "--json").objects[0]["manifest"]["index_kind"] == kind
    # It stays what it was asked to be.
    assert vsearch("index", small_feed, "-c", small, "--rebuild").code == 0
    assert vsearch("status", "-c", small, "--json").objects[0]["manifest"]["index_kind"] == kind


def test_a_feed_that_has_moved_keeps_its_name(vsearch, small_feed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "c"
    named = ("-c", folder, "--feed-name", "daily")
    encoder = ("--encoder", "test_vit", "--weights", "random:0")
    assert vsearch("index", small_feed, *named, *encoder).code == 0
    moved = tmp_path / "tomorrow"
    shutil.copytree(small_feed.parent, moved)
    outcome = vsearch("index", moved / small_feed.name, *named, "--prune", "--json")
    assert outcome.objects[0]["products"]["unchanged"] == 3
    (feed,) = vsearch("status", "-c", folder, "--json").objects[0]["feeds"]
    assert (feed["name"], feed["products"], feed["root"]) == ("daily", 3, str(moved))

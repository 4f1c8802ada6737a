"""``vsearch export``: every product, in files that ``vsearch index`` reads back."""

from __future__ import annotations

import csv
import json
import shutil
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest


@pytest.fixture
def shop(catalog: Path, tmp_path: Path) -> Path:
    """A folder with the sample's pictures and no feed."""
    folder = tmp_path / "shop"
    shutil.copytree(catalog / "images", folder / "images")
    return folder


def without_ids(record: dict) -> dict:
    return {name: value for name, value in record.items() if name != "image_ids"}


def test_jsonl_has_every_product_as_the_feed_had_it(
    vsearch, collection: Path, catalog: Path, tmp_path: Path
) -> None:
    file = tmp_path / "products.jsonl"
    outcome = vsearch("export", file, "-c", collection)
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == f"229 products written to {file}\n"
    exported = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    with (catalog / "products.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    assert [record["sku"] for record in exported] == [row["sku"] for row in rows]
    for record, row in zip(exported, rows, strict=True):
        for name in ("title", "description", "brand", "currency", "availability", "url", "gtin"):
            assert record[name] == row[name]
        assert record["item_group"] == row["item_group"]
        assert record["category"] == row["category"].split(" > ")
        assert Decimal(record["price"]) == Decimal(row["price"])
        assert record["images"] == row["images"].split("|")
        assert len(record["image_ids"]) == len(record["images"])
        attributes = {
            name.removeprefix("attr."): value
            for name, value in row.items()
            if name.startswith("attr.") and value
        }
        assert record["attributes"] == attributes
    assert [path.name for path in tmp_path.iterdir()] == ["products.jsonl"]


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_what_is_exported_is_read_back_the_same(
    vsearch, collection: Path, shop: Path, tmp_path: Path, encoder_options, kind: str
) -> None:
    file = shop / f"again.{kind}"
    assert vsearch("export", file, "-c", collection, "--embeddings").code == 0
    copy = tmp_path / "copy"
    # The pictures' embeddings are at hand, as where a collection is made anew from its export.
    shutil.copytree(collection / "embeddings", copy / "embeddings")
    outcome = vsearch("index", file, "-c", copy, *encoder_options, "--json")
    assert outcome.code == 0, outcome.err
    (summary,) = outcome.objects
    assert (summary["products"]["added"], summary["products"]["rejected"]) == (229, 0)
    assert summary["images"]["rejected"] == 0
    first = vsearch("export", "-", "-c", collection).objects
    second = vsearch("export", "-", "-c", copy).objects
    assert list(map(without_ids, second)) == list(map(without_ids, first))


def test_stdout_has_the_products_and_nothing_else(vsearch, collection: Path) -> None:
    outcome = vsearch("export", "-", "-c", collection)
    assert len(outcome.objects) == 229
    assert outcome.err == "229 products written to stdout\n"


def test_embeddings_belong_to_the_images(vsearch, collection: Path, tmp_path: Path) -> None:
    table_file, lines_file = tmp_path / "p.parquet", tmp_path / "p.jsonl"
    for file in (table_file, lines_file):
        assert vsearch("export", file, "--embeddings", "-c", collection).code == 0
    lines = [json.loads(line) for line in lines_file.read_text(encoding="utf-8").splitlines()]
    rows = pq.read_table(table_file).to_pylist()
    assert len(rows) == len(lines) == 229
    by_image: dict[int, np.ndarray] = {}
    for row, line in zip(rows, lines, strict=True):
        embeddings = np.array(row["embeddings"], np.float32)
        assert embeddings.shape == (len(row["images"]), 64)
        assert row["image_ids"] == line["image_ids"]
        np.testing.assert_array_equal(embeddings, np.array(line["embeddings"], np.float32))
        np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
        by_image |= dict(zip(row["image_ids"], embeddings, strict=True))
    assert len(by_image) == 254
    # They are what a query compares with: a hit's score is the best over the asking product's.
    asking = rows[0]
    hits = vsearch("query", "--sku", asking["sku"], "-c", collection, "--json").objects
    for hit in hits:
        best = max(by_image[number] @ by_image[hit["image_id"]] for number in asking["image_ids"])
        assert hit["score"] == pytest.approx(float(best), abs=1e-5)


def test_parquet_has_typed_columns(vsearch, collection: Path, tmp_path: Path) -> None:
    file = tmp_path / "products.pq"
    assert vsearch("export", file, "--format", "parquet", "-c", collection).code == 0
    table = pq.read_table(file)
    assert table.num_rows == 229
    assert "embeddings" not in table.column_names
    first = table.slice(0, 1).to_pylist()[0]
    assert first["price"] == Decimal("14.90")
    assert first["category"] == ["Books & Stationery", "Books"]
    assert json.loads(first["attributes"])["colour"] == "blue"


def test_a_collection_without_products(vsearch, small: Path, tmp_path: Path) -> None:
    assert vsearch("remove", "S0", "S1", "S2", "-c", small).code == 0
    assert vsearch("export", "-", "-c", small).out == ""
    file = tmp_path / "none.parquet"
    assert vsearch("export", file, "--embeddings", "-c", small).code == 0
    assert pq.read_table(file).num_rows == 0


def test_a_file_that_cannot_be_written_is_named(vsearch, small: Path, tmp_path: Path) -> None:
    for kind in ("jsonl", "parquet"):
        error = vsearch("export", tmp_path / "nowhere" / f"p.{kind}", "-c", small).error
        assert str(tmp_path / "nowhere") in error
        assert "does not exist" in error

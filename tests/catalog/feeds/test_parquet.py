from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vsearch.catalog.feeds import Listed, Rejection, open_feed
from vsearch.catalog.product import Availability, Product
from vsearch.errors import FeedError


def test_typed_columns(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array([1, 2], pa.int64()),
            "name": pa.array(["Lamp", None]).dictionary_encode(),
            "category": pa.array([["Home", "Lighting"], None]),
            "price": pa.array([Decimal("12.50"), None], pa.decimal128(10, 2)),
            "stock": pa.array([3, 0], pa.int32()),
            "images": pa.array([["a.jpg", "b.jpg"], []]),
            "attributes": pa.array([[("colour", "red")], None], pa.map_(pa.string(), pa.string())),
            "weight": pa.array([1.5, float("nan")]),
            "since": pa.array([datetime.date(2026, 1, 2), None]),
            "thumbnail": pa.array([b"\xff\xd8", None]),
        }
    )
    pq.write_table(table, tmp_path / "feed.data")
    feed = open_feed(tmp_path / "feed.data")
    assert (feed.format, feed.size) == ("parquet", 2)
    assert list(feed.read()) == [
        Listed(
            1,
            Product(
                sku="1",
                title="Lamp",
                category=("Home", "Lighting"),
                price=Decimal("12.50"),
                availability=Availability.IN_STOCK,
                images=("a.jpg", "b.jpg"),
                attributes={"colour": "red", "weight": 1.5, "since": "2026-01-02"},
            ),
        ),
        Listed(2, Product(sku="2", availability=Availability.OUT_OF_STOCK)),
    ]
    assert feed.position == 2
    assert feed.notes == ("columns of bytes are left out: thumbnail",)


def test_a_bad_row_is_rejected_by_its_number(tmp_path: Path) -> None:
    table = pa.table({"sku": ["A", None, "C"], "price": ["1.00", "2.00", "abc"]})
    pq.write_table(table, tmp_path / "feed.parquet")
    items = list(open_feed(tmp_path / "feed.parquet").read())
    assert [(item.row, item.field) for item in items if isinstance(item, Rejection)] == [
        (2, "sku"),
        (3, "price"),
    ]


def test_many_batches_are_numbered_through(tmp_path: Path) -> None:
    pq.write_table(pa.table({"sku": [f"S{n}" for n in range(10_000)]}), tmp_path / "f.parquet")
    feed = open_feed(tmp_path / "f.parquet")
    reading = feed.read()
    next(reading)
    assert feed.position == 1
    assert [item.row for item in reading] == list(range(2, 10_001))


def test_a_missing_sku_column(tmp_path: Path) -> None:
    pq.write_table(pa.table({"Artikel": ["A"]}), tmp_path / "f.parquet")
    with pytest.raises(FeedError, match='columns are "Artikel"'):
        open_feed(tmp_path / "f.parquet")
    (item,) = open_feed(tmp_path / "f.parquet", mapping={"Artikel": "sku"}).read()
    assert item == Listed(1, Product(sku="A"))


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"sku": ["A"] * 100}), tmp_path / "whole.parquet")
    data = (tmp_path / "whole.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(data[: len(data) // 2])
    with pytest.raises(FeedError, match=r"cut\.parquet: not a Parquet file that can be read"):
        open_feed(tmp_path / "cut.parquet")

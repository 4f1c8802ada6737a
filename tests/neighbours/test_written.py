from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas
import polars
import pyarrow
import pyarrow.csv
import pyarrow.parquet
import pytest
from sqlalchemy import create_engine, text

from tests.neighbours.shop import draw, gallery
from vsearch.errors import QueryError, StorageError
from vsearch.neighbours.columns import SCHEMA
from vsearch.neighbours.files import write_neighbours
from vsearch.neighbours.neighbours import Neighbours
from vsearch.neighbours.options import NeighbourOptions
from vsearch.neighbours.run import find_neighbours
from vsearch.neighbours.sql_table import Written, sql_target, write_table
from vsearch.progress import Silence

OPTIONS = NeighbourOptions(k=4)
PRODUCTS = draw(60, seed=30)


@pytest.fixture(scope="module")
def neighbours(tmp_path_factory: pytest.TempPathFactory) -> Neighbours:
    return found(tmp_path_factory.mktemp("neighbours"), 60)


def found(folder: Path, count: int) -> Neighbours:
    known = gallery(PRODUCTS[:count], OPTIONS)
    return Neighbours(find_neighbours(folder, known, OPTIONS, Silence()), OPTIONS)


def rows_of(neighbours: Neighbours) -> list[tuple[str, int, str, float]]:
    return [
        (sku, rank, name, score)
        for sku, names, scores in neighbours.lists()
        for rank, (name, score) in enumerate(zip(names, scores, strict=True), start=1)
    ]


def test_as_a_table(neighbours: Neighbours) -> None:
    table = neighbours.table()
    assert table.schema == SCHEMA
    assert [tuple(row.values()) for row in table.to_pylist()] == rows_of(neighbours)


def test_pandas_and_polars_take_them_as_they_are(neighbours: Neighbours) -> None:
    wanted = rows_of(neighbours)
    assert [*polars.DataFrame(neighbours).iter_rows()] == wanted
    frame = pyarrow.table(neighbours).to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert [*frame.itertuples(index=False, name=None)] == [
        (sku, rank, name, pytest.approx(score)) for sku, rank, name, score in wanted
    ]


def test_as_parquet_and_csv(neighbours: Neighbours, tmp_path: Path) -> None:
    for name in ("n.parquet", "n.csv"):
        write_neighbours(tmp_path / name, neighbours)
    assert pyarrow.parquet.read_table(tmp_path / "n.parquet").equals(neighbours.table())
    read = pyarrow.csv.read_csv(tmp_path / "n.csv").cast(SCHEMA)
    assert read.equals(neighbours.table())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["n.csv", "n.parquet"]


def test_as_lines(neighbours: Neighbours, tmp_path: Path) -> None:
    write_neighbours(tmp_path / "n.jsonl", neighbours)
    lines = (tmp_path / "n.jsonl").read_text(encoding="utf-8").splitlines()
    read = [json.loads(line) for line in lines]
    assert [one["sku"] for one in read] == [f"P{one.id}" for one in PRODUCTS]
    for one, (_, names, scores) in zip(read, neighbours.lists(), strict=True):
        assert [near["sku"] for near in one["neighbours"]] == names
        assert [near["score"] for near in one["neighbours"]] == pytest.approx(scores, abs=1e-6)


def test_names_and_places_that_wont_do(neighbours: Neighbours, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match=r'"n.xls": its name tells no format; end it in .parquet'):
        write_neighbours(tmp_path / "n.xls", neighbours)
    with pytest.raises(StorageError, match="its folder does not exist"):
        write_neighbours(tmp_path / "nowhere" / "n.csv", neighbours)


def in_table(url: str, table: str) -> list[tuple[str, int, str, float]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        query = text(f"SELECT sku, rank, neighbour_sku, score FROM {table} ORDER BY sku, rank")
        rows = [tuple(row) for row in connection.execute(query)]
    engine.dispose()
    return rows


def require_only_changes(url: str, folder: Path) -> None:
    target = sql_target(f"{url}?table=near")
    some = found(folder, 50)
    assert write_table(target, some, Silence()) == Written(50, 0, 50)
    assert write_table(target, some, Silence()) == Written(0, 0, 50)
    before = in_table(url, "near")
    every = found(folder, 60)
    written = write_table(target, every, Silence())
    assert 10 < written.changed < 60
    wanted = [(*row[:3], pytest.approx(row[3], abs=1e-6)) for row in sorted(rows_of(every))]
    assert in_table(url, "near") == wanted
    again = write_table(target, found(folder, 50), Silence())
    assert (again.changed, again.removed) == (written.changed - 10, 10)
    assert in_table(url, "near") == before


def test_of_a_sqlite_table_only_changes_are_written(tmp_path: Path) -> None:
    require_only_changes(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path / "neighbours")


def test_of_a_postgresql_table_only_changes_are_written(
    tmp_path: Path, new_postgresql: Callable[[], str]
) -> None:
    require_only_changes(new_postgresql(), tmp_path / "neighbours")


def test_a_table_of_somebody_elses_is_left_alone(neighbours: Neighbours, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE neighbours (name TEXT)"))
    engine.dispose()
    with pytest.raises(QueryError, match='table "neighbours" is there with the columns name'):
        write_table(sql_target(url), neighbours, Silence())


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:///a.db?table=drop it", 'table "drop it": give one name of letters'),
        ("not a url://", "write it like postgresql"),
    ],
)
def test_addresses_that_wont_do(url: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        sql_target(url)

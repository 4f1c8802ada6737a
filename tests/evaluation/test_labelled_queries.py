"""Queries in their three forms; what can't be used is named with its line, and left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from vsearch.errors import EvaluationError, FeedError
from vsearch.evaluation.labelled_queries import read_queries


def test_the_sample_catalogue_by_its_folder_and_by_its_table(catalog: Path) -> None:
    by_folder = read_queries(catalog)
    by_table = read_queries(catalog / "queries" / "labels.csv")
    assert by_folder == by_table
    assert (len(by_folder.queries), by_folder.refused) == (246, ())
    first = by_folder.queries[0]
    assert first.name == "blue-book-1f4d8.png"
    assert first.path == catalog / "queries" / first.name
    assert first.where.endswith("labels.csv:2")
    assert first.skus == {"STA-BOO-001", "STA-BOO-002", "STA-BOO-003", "STA-BOO-004"}


def test_what_a_row_wants(paint, tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "deep/c.png", "d.png"):
        paint(name)
    table = tmp_path / "labels.csv"
    table.write_text(
        "Query,SKU,Category,label\n"
        "a.png,A|B,Shoes,\nb.png,,Shoes > Boots | Hats,\ndeep/c.png,,,X\na.png,C,,\n"
    )
    a, b, c = read_queries(table).queries
    # A SKU is more exact than the category beside it.
    assert (a.skus, a.categories, a.labels) == ({"A", "B", "C"}, set(), set())
    assert (b.skus, b.categories) == (set(), {"Shoes > Boots", "Hats"})
    assert (c.name, c.labels) == ("deep/c.png", {"X"})


def test_a_table_with_roles_gives_its_queries(paint, tmp_path: Path) -> None:
    paint("a.png")
    paint("q.png")
    table = tmp_path / "labels.tsv"
    table.write_text("image\tlabel\trole\na.png\tshoe\tgallery\nq.png\tshoe\tquery\n")
    (query,) = read_queries(table).queries
    assert (query.name, query.labels) == ("q.png", {"shoe"})


def test_a_folder_of_folders(paint, tmp_path: Path) -> None:
    for name in ("A1/1.png", "A1/deep/2.png", "Shoes/1.png", "loose.png"):
        paint(name)
    found = read_queries(tmp_path)
    assert [(query.name, set(query.labels)) for query in found.queries] == [
        ("A1/1.png", {"A1"}), ("A1/deep/2.png", {"A1"}), ("Shoes/1.png", {"Shoes"})
    ]  # fmt: skip
    assert found.refused == (
        f"{tmp_path / 'loose.png'}: lies in no folder that is called by a SKU or a category",
    )


def test_bad_rows_are_named_and_left_out(paint, tmp_path: Path) -> None:
    paint("a.png")
    table = tmp_path / "labels.csv"
    table.write_text("query,sku\ngone.png,A\na.png,\n,A\na.png,A,B\na.png,A\n")
    found = read_queries(table)
    cells = (
        "it has 3 cells and the header 2; put quotes around a cell that holds the delimiter or a"
        " line break"
    )
    assert [query.where for query in found.queries] == [f"{table}:6"]
    assert found.refused == (
        f'{table}:2: "gone.png": no such file in {tmp_path}; mend the path or remove the row',
        f"{table}:3: no label; write one or remove the row",
        f'{table}:4: "": no such file in {tmp_path}; mend the path or remove the row',
        f"{table}:5: {cells}",
    )


def test_where_nothing_is_left(paint, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("query,sku\ngone.png,A\n")
    with pytest.raises(EvaluationError, match=r'no query that can be used; .*:2: "gone.png": no'):
        read_queries(table)
    table.write_text("query,sku\n")
    with pytest.raises(EvaluationError, match="no query that can be used; write a row"):
        read_queries(table)
    table.write_text("photo,product\na.png,A\n")
    with pytest.raises(EvaluationError, match='no column "query"; it has photo, product, and'):
        read_queries(table)
    table.write_text("query,product\na.png,A\n")
    with pytest.raises(EvaluationError, match='no column "sku"'):
        read_queries(table)
    table.write_text("")
    with pytest.raises(FeedError, match="the file is empty"):
        read_queries(table)
    with pytest.raises(EvaluationError, match=r"no such file or folder; give a CSV with the"):
        read_queries(tmp_path / "nowhere.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(EvaluationError, match="no query that can be used"):
        read_queries(tmp_path / "empty")

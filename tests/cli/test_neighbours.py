from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet
import pytest

from tests.cli.conftest import Run


@pytest.fixture(scope="module")
def folder(sample_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(sample_collection, tmp_path_factory.mktemp("neighbours") / "shop")


def test_to_a_file_and_to_stdout(vsearch: Run, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "near.parquet"
    first = vsearch("neighbours", "-c", folder, "-k", "3", "--to", file)
    assert first.code == 0, first.err
    table = pyarrow.parquet.read_table(file)
    products = len(table["sku"].unique())
    assert table.num_rows == 3 * products
    assert f"neighbours of {products:,} products, searched for those of {products:,}" in first.err
    again = vsearch("neighbours", "-c", folder, "-k", "3", "--to", "-")
    assert "none has changed; all of the true ones" in again.err
    names = [near["sku"] for one in again.objects for near in one["neighbours"]]
    assert names == table["neighbour_sku"].to_pylist()


def test_to_a_table_of_a_database(vsearch: Run, folder: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}?table=near"
    for expected in ("written for 229 of 229 products", "written for 0 of 229 products"):
        outcome = vsearch("neighbours", "-c", folder, "-k", "3", "--to", url)
        assert expected in outcome.err


def test_what_cant_be_written_is_said_before_anything_is_found(
    vsearch: Run, folder: Path, tmp_path: Path
) -> None:
    wrong = vsearch("neighbours", "-c", folder, "-k", "9", "--to", tmp_path / "near.xls")
    assert "its name tells no format" in wrong.error
    wrong = vsearch("neighbours", "-c", folder, "-k", "0", "--to", "-")
    assert wrong.error == "k = 0: ask for 1 to 1,000 neighbours"

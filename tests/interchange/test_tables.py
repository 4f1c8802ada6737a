"""What is handed over is taken by pandas, Polars and Arrow, and what they hold is taken in."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from vsearch import Collection, Settings
from vsearch.interchange.candidates import Candidates
from vsearch.recommending.asked import ForShopper


@pytest.fixture(params=["items", "interactions", "candidates"])
def handed_over(request, shop, items, interactions):
    some = Candidates(shop, interactions.shoppers[:3], ForShopper(k=5))
    return {"items": items, "interactions": interactions, "candidates": some}[request.param]


def test_every_library_reads_the_same(handed_over) -> None:
    expected = handed_over.table().to_pylist()
    assert len(expected) >= 15
    assert pa.table(handed_over).to_pylist() == expected
    assert pl.DataFrame(handed_over).to_dicts() == expected
    frame = pd.DataFrame.from_arrow(handed_over)
    assert list(frame.columns) == list(expected[0])
    assert frame["sku"].tolist() == [row["sku"] for row in expected]


@pytest.mark.parametrize("library", [pl.DataFrame, lambda table: table.to_pandas(), pa.table])
def test_frames_of_events_come_back_as_they_went_out(shop, copy_sample, library) -> None:
    table = shop.events.table().slice(0, 300)
    with Collection.open(copy_sample(), settings=Settings(device="cpu")) as other:
        other.events.add_table(library(table))
        other.events.add_table(library(table))  # Once more, and nothing is counted twice.
        assert other.events.table().to_pylist() == table.to_pylist()

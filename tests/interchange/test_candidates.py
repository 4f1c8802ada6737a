from __future__ import annotations

import json
from contextlib import contextmanager

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

from vsearch import FilterError, QueryError
from vsearch.interchange.candidate_files import write_candidates
from vsearch.interchange.candidates import Candidates, candidate_matrix
from vsearch.interchange.interactions import InteractionOptions, read_interactions, shoppers_of
from vsearch.interchange.shopper_kind import ShopperKind
from vsearch.progress import Silence
from vsearch.recommending.asked import ForShopper

from .conftest import NOON

ASKED = ForShopper(k=8, where="price < 100", at=NOON)


def test_each_shopper_gets_what_a_single_question_gives(shop, interactions) -> None:
    for name in interactions.shoppers[:4]:
        (one,) = Candidates(shop, [name], ASKED)
        alone = shop.recommender.recommend(ForShopper(name, k=8, where="price < 100", at=NOON))
        assert one.shopper == name
        assert one.hits == alone.hits
        assert len(one.hits) == 8


def test_everybody_is_served_once_and_repeats_are_one(shop) -> None:
    everybody = shoppers_of(shop, ShopperKind.USER)
    assert Candidates(shop).shoppers == everybody
    assert Candidates(shop, ["b", "a", "b"]).shoppers == ("b", "a")


def test_sessions_are_shoppers_of_their_own(small_shop) -> None:
    found = list(Candidates(small_shop, asked=ForShopper(k=3), kind=ShopperKind.SESSION))
    assert [one.shopper for one in found] == ["s1", "s2"]
    met = {"GRO-APL-001", "FAS-CSH-002"}
    assert met.isdisjoint(hit.hit.sku for hit in found[0].hits)


def test_a_stranger_gets_what_is_popular_and_a_filter_may_leave_nothing(shop) -> None:
    (stranger,) = Candidates(shop, ["nobody"], ForShopper(k=3))
    assert {hit.basis.value for hit in stranger.hits} == {"popular"}
    nothing = Candidates(shop, ["nobody"], ForShopper(where="price > 99999"))
    assert [one.hits for one in nothing] == [()]
    assert nothing.table().num_rows == 0
    assert nothing.table().schema == nothing.schema


def test_files_hold_the_same(shop, interactions, tmp_path) -> None:
    found = Candidates(shop, interactions.shoppers[:3], ASKED)
    expected = found.table().to_pylist()
    counts = {
        form: write_candidates(tmp_path / f"candidates.{form}", found)
        for form in ("parquet", "jsonl", "csv")
    }
    assert set(counts.values()) == {len(expected)} == {24}
    assert pyarrow.parquet.read_table(tmp_path / "candidates.parquet").to_pylist() == expected
    rows = pyarrow.csv.read_csv(tmp_path / "candidates.csv").to_pylist()
    assert [row["because"] or "" for row in rows] == ["|".join(row["because"]) for row in expected]
    assert [row["sku"] for row in rows] == [row["sku"] for row in expected]
    text = (tmp_path / "candidates.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["user_id"] for line in lines] == list(interactions.shoppers[:3])
    skus = [one["sku"] for line in lines for one in line["candidates"]]
    assert skus == [row["sku"] for row in expected]


def test_an_interruption_leaves_the_older_file(shop, interactions, tmp_path) -> None:
    class Interrupts(Silence):
        @contextmanager
        def stage(self, name, total, unit):  # type: ignore[no-untyped-def]
            def advance(_more: int) -> None:
                raise KeyboardInterrupt

            yield advance

    file = tmp_path / "candidates.jsonl"
    file.write_text("older")
    found = Candidates(shop, interactions.shoppers[:3], ASKED, progress=Interrupts())
    with pytest.raises(KeyboardInterrupt):
        write_candidates(file, found)
    assert [path.name for path in tmp_path.iterdir()] == ["candidates.jsonl"]
    assert file.read_text() == "older"


def test_scores_stand_where_the_interactions_have_them(shop, items, interactions) -> None:
    some = Candidates(shop, ["nobody", *interactions.shoppers[:3]], ASKED)
    matrix = candidate_matrix(some, interactions)
    assert matrix.shape == interactions.matrix.shape
    assert np.diff(matrix.indptr).tolist()[:5] == [8, 8, 8, 0, 0]
    for one in list(some)[1:]:
        row = matrix[interactions.row_of[one.shopper]].tocoo()
        told = {items.number_of[hit.hit.sku]: pytest.approx(hit.hit.score) for hit in one.hits}
        assert dict(zip(row.col.tolist(), row.data.tolist(), strict=True)) == told


def test_what_cant_be_asked_is_said(shop, items, interactions, tmp_path) -> None:
    with pytest.raises(QueryError, match='it names the shopper "zoe"'):
        Candidates(shop, asked=ForShopper("zoe"))
    with pytest.raises(
        QueryError, match=r'"out.txt": its name tells no format; end it in .parquet'
    ):
        write_candidates(tmp_path / "out.txt", Candidates(shop, ["a"]))
    with pytest.raises(FilterError, match="did you mean price"):
        Candidates(shop, ["a"], ForShopper(where="prize < 3")).table()
    options = InteractionOptions(shopper=ShopperKind.SESSION)
    of_sessions = read_interactions(shop, items, options)
    with pytest.raises(QueryError, match="candidates of a user, interactions of a session"):
        candidate_matrix(Candidates(shop, ["a"]), of_sessions)

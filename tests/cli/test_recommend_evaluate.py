"""``vsearch events simulate`` and ``vsearch recommend evaluate``."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vsearch.recommender_evaluation import evaluate as evaluation

Run = Callable[..., Any]

#: So few that there are too few baskets to learn from, which would take a while.
FEW = ("--complete", "--simulated", "40", "--seed", "2")

SMALL = ("--simulated", "25", "--seed", "1", "--most-cases", "8", "--depth", "20")


@pytest.fixture
def own(collection: Path, tmp_path: Path) -> Path:
    """A copy of the sample's collection, to be written to."""
    return shutil.copytree(collection, tmp_path / "collection")


def test_what_is_written_can_be_imported(vsearch: Run, own: Path, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    few = ("--shoppers", "6", "--days", "20", "--seed", "7", "--start", "2026-03-01")
    written = vsearch("events", "simulate", "-c", own, *few, "--to", file)
    assert written.code == 0, written.err
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert f"{len(rows)} events of " in written.err
    assert vsearch("events", "import", file, "-c", own).code == 0
    # The same is in the collection as if it had been stored right away: nothing comes twice.
    assert vsearch("events", "simulate", "-c", own, *few, "--yes").code == 0
    vsearch("events", "export", tmp_path / "again.csv", "-c", own)
    with (tmp_path / "again.csv").open(newline="") as lines:
        again = list(csv.DictReader(lines))
    assert sorted(map(repr, again)) == sorted(map(repr, rows))


def test_made_up_events_dont_slip_in_among_real_ones(vsearch: Run, own: Path) -> None:
    few = ("--shoppers", "3", "--days", "10")
    assert vsearch("events", "simulate", "-c", own, *few).code == 0
    refused = vsearch("events", "simulate", "-c", own, *few, "--seed", "2")
    assert "made-up ones among real ones" in refused.error
    assert "--yes" in refused.error


def test_an_unknown_kind_of_file_is_refused(vsearch: Run, collection: Path, tmp_path: Path) -> None:
    refused = vsearch("events", "simulate", "-c", collection, "--to", tmp_path / "events.xlsx")
    assert refused.code == 2
    assert ".csv, .jsonl, .parquet" in refused.err


def files(folder: Path) -> set[str]:
    """Those of a collection; SQLite's own come and go."""
    found = (str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    return {name for name in found if not name.startswith("products.db-")}


def test_no_figure_and_no_word_breaks_at_80_columns(
    vsearch: Run, collection: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = vsearch("recommend", "evaluate", "-c", collection, *SMALL)
    assert max(map(len, shown.out.splitlines())) <= 80
    assert len(re.findall(r"\(\d\.\d\d-\d\.\d\d\)", shown.out)) == 6 * 3
    assert {"coverage", "diversity", "shoppers", "without"} <= set(shown.out.split())


@pytest.mark.parametrize("question", [(), FEW])
def test_figures_stand_beside_the_baselines(
    vsearch: Run, collection: Path, question: tuple[str, ...]
) -> None:
    before = files(collection)
    shown = vsearch("recommend", "evaluate", "-c", collection, *SMALL, *question)
    assert shown.code == 0, shown.err
    assert {"R@10", "nDCG@10", "MRR", "coverage"} <= set(shown.out.split())
    for name in ("vsearch", "popularity", "random", "co-occurrence", "vsearch against"):
        assert name in shown.out
    assert "cases from 2026-02-" in shown.err
    assert ("nothing learned: " in shown.err) == (question == FEW)
    assert files(collection) == before, "an evaluation leaves nothing behind"


def test_json_and_files_tell_the_same(vsearch: Run, collection: Path, tmp_path: Path) -> None:
    runs, table = tmp_path / "runs", tmp_path / "cases.csv"
    done = vsearch(
        *("recommend", "evaluate", "-c", collection, *SMALL, "--json"),
        *("--runs", runs, "--csv", table),
    )
    assert done.code == 0, done.err
    systems = [one for one in done.objects if "coverage" in one]
    assert [one["name"] for one in systems][:2] == ["vsearch", "popularity"]
    with table.open(newline="") as lines:
        cases = list(csv.DictReader(lines))
    for one in systems:
        places = [int(case[one["name"]] or 99) for case in cases]
        assert one["cases"] == len(cases) == 8
        assert one["recall"]["mean"] == pytest.approx(
            sum(place <= 10 for place in places) / len(places), abs=1e-6
        )
    assert len(list(runs.glob("*.run"))) == len(systems)
    differences = [one for one in done.objects if "difference" in one]
    assert len(differences) == len(systems) - 1
    assert {"low", "high", "p_value"} <= set(differences[0]["ndcg"])
    assert any(one.get("part") == "product with events" for one in done.objects)


def test_without_events_it_says_what_is_missing(vsearch: Run, collection: Path) -> None:
    assert "0 events: too few" in vsearch("recommend", "evaluate", "-c", collection).error


def test_a_depth_below_k_is_refused(vsearch: Run, collection: Path) -> None:
    refused = vsearch("recommend", "evaluate", "-c", collection, "--depth", "5")
    assert refused.code == 2
    assert "at least -k, which is 10" in refused.err


def test_ctrl_c_shows_what_was_measured(
    vsearch: Run, collection: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranker, asked = evaluation.shopper_ranker, 0

    def interrupted(*given: Any) -> Any:
        real = ranker(*given)

        def rank(case: Any, depth: int) -> Any:
            nonlocal asked
            asked += 1
            if asked == 4:
                raise KeyboardInterrupt
            return real.rank(case, depth)

        return type(real)(real.name, real.meaning, rank)

    monkeypatch.setattr(evaluation, "shopper_ranker", interrupted)
    ended = vsearch("recommend", "evaluate", "-c", collection, *SMALL)
    assert ended.code == 130
    assert "the figures are of the first 3 cases" in ended.err
    assert "co-occurrence" in ended.out

"""The page: figures, plots, the failures with their pictures; and the TREC files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import ir_measures
import pytest

from vsearch import Collection, Settings
from vsearch.collection_evaluation import charts
from vsearch.collection_evaluation.cases import (
    CaseMaker,
    most_different_queries,
    worst_queries,
)
from vsearch.collection_evaluation.evaluate import evaluate
from vsearch.collection_evaluation.measured import Evaluation
from vsearch.collection_evaluation.report import render, write_report
from vsearch.collection_evaluation.setting import Setting, search_setting
from vsearch.collection_evaluation.trec_files import export_qrels, export_run
from vsearch.errors import StorageError
from vsearch.evaluation.labelled_queries import read_queries
from vsearch.searching.result import Hit

# Two that are right, and pictures that are said to show something else.
LINES = (
    "query,sku",
    "blue-book-1f4d8.webp,BLUE",
    "red-apple-1f34e.webp,APPLE",
    "pear-1f350.webp,GREEN",
    "notepad-1f5d2.webp,GHOST",
    "green-book-1f4d7.webp,CAKE|GREEN",
    "doughnut-1f369.webp,PEAR",
)


def measured(table: Path, collection: Collection, *options: str) -> Evaluation:
    settings = Settings(device="cpu")
    tested = [search_setting("shop", collection, settings)]
    if options:
        tested.append(search_setting("shop", collection, settings, options))
    return evaluate(read_queries(table), [confident(one) for one in tested])


def confident(setting: Setting) -> Setting:
    """The same search as in a shop that is large enough for its scores to be calibrated."""

    def ask(path: Path, k: int) -> Sequence[Hit]:
        hits = setting.ask(path, k)
        return [replace(hit, confidence=1 / hit.rank - 0.05 * len(hit.sku)) for hit in hits]

    return replace(setting, ask=ask)


@pytest.fixture
def found(collection: Collection, label) -> Evaluation:
    return measured(label(LINES), collection)


@pytest.fixture
def pair(collection: Collection, label) -> Evaluation:
    return measured(label(LINES), collection, "where=category:Paper/*")


def test_the_worst_first(found: Evaluation) -> None:
    one = found.measured[0]
    places = [one.first_right(query) for query in range(6)]
    assert (places[0], places[1], places[3], places[4]) == (1, 1, None, 1)
    worst = worst_queries(found, 10)
    # What isn't found at all comes before what is found too far down.
    assert worst[0] == 3
    assert sorted(worst) == [2, 3, 5]
    assert [places[query] for query in worst[1:]] == sorted(
        (places[query] for query in worst[1:]), reverse=True
    )
    assert worst_queries(found, 1) == [3]


def test_the_most_different_first(pair: Evaluation) -> None:
    different = most_different_queries(pair, 10)
    # The apple can't be found among paper, the book's place can but rise.
    assert different[0] == 1
    assert 0 not in different


def test_a_case_shows_the_query_what_came_and_what_should_have(found: Evaluation) -> None:
    case = CaseMaker(found).make(2)
    (strip,) = case.strips
    assert (case.name, case.group) == ("pear-1f350.webp", found.groups[2])
    assert case.picture.startswith("data:image/")
    answer = found.measured[0].answers[2]
    assert tuple(product.sku for product in strip.came) == answer.skus[:5]
    (wanted,) = strip.wanted
    assert (wanted.sku, wanted.rank) == ("GREEN", answer.skus.index("GREEN") + 1)
    assert wanted.score == pytest.approx(float(answer.scores[wanted.rank - 1]))
    assert wanted.picture.startswith("data:image/")
    assert [product.is_right for product in strip.came] == [
        one == "GREEN" for one in answer.skus[:5]
    ]


def test_what_can_not_be_found_has_a_name_and_no_picture(found: Evaluation) -> None:
    (wanted,) = CaseMaker(found).make(3).strips[0].wanted
    assert (wanted.sku, wanted.title) == ("GHOST", "<b>GHOST</b>")
    assert (wanted.rank, wanted.score, wanted.picture) == (None, None, None)


def test_the_page_is_complete_in_itself(found: Evaluation, tmp_path: Path) -> None:
    page = render(found)
    assert page.startswith("<!doctype html>")
    assert not re.search(r'(src|href)="(?!data:)', page)
    assert "http" not in page.replace("http://www.w3.org", "")
    # The merchant's text is text: a title with markup shows it.
    assert "<b>GREEN</b>" not in page
    assert "&lt;b&gt;GREEN&lt;/b&gt;" in page
    # Three cases: query, wanted (one has none) and what came of each.
    came = sum(len(found.measured[0].answers[query].skus[:5]) for query in (2, 3, 5))
    assert page.count('<img src="data:image/') == 3 + 2 + came
    assert page.count('<article class="card case">') == 3
    for measure in ("R@1", "mAP", "MRR", "nDCG@10", "P@10"):
        assert f"<h3>{measure}</h3>" in page
    file = tmp_path / "page.html"
    write_report(file, found, cases=1)
    assert file.read_text(encoding="utf-8").count('<article class="card case">') == 1
    with pytest.raises(StorageError, match="folder does not exist"):
        write_report(tmp_path / "no" / "page.html", found)


def test_every_plot_is_well_formed(pair: Evaluation) -> None:
    page = render(pair)
    plots = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(plots) == 4
    for plot in plots:
        ElementTree.fromstring(plot)
    assert "Where the two differ most" in page
    assert "p = " in page
    assert page.count('class="strip"') == 2 * page.count('<article class="card case">')


def test_a_page_without_failures(collection: Collection, label) -> None:
    page = render(measured(label(LINES[:3]), collection))
    assert "No failures" in page
    assert "<article" not in page


def test_a_page_of_a_search_that_finds_nothing(collection: Collection, label) -> None:
    found = measured(label(LINES), collection, "where=price<0")
    assert found.measured[1].figures["recall_at_10"].mean == 0
    assert sorted(worst_queries(found, 10)) == [2, 3, 5]
    page = render(found)
    # Nobody finds what has no picture; the filter lets nothing come of anything.
    assert page.count("Nothing came.") == page.count('<article class="card case">')


def test_the_curve_goes_up_to_the_depth(found: Evaluation) -> None:
    curve = charts.recall_curve(found)
    (line,) = curve.lines
    points = [tuple(map(float, point.split(","))) for point in line.points.split()]
    xs, ys = zip(*points, strict=True)
    assert xs[0] == charts.LEFT
    assert xs[-1] == charts.WIDTH - charts.RIGHT
    assert list(xs) == sorted(xs)
    assert list(ys) == sorted(ys, reverse=True)


def test_the_bars_stand_for_every_query(found: Evaluation) -> None:
    (histogram,) = charts.score_histograms(found)
    assert (histogram.right, histogram.wrong) == (3, 3)
    tallest = float(histogram.count_ticks[-1].text)
    floor = charts.HEIGHT - charts.BOTTOM
    unit = (floor - charts.TOP) / tallest
    for kind, count in ((True, 3), (False, 3)):
        heights = [bar.height for bar in histogram.bars if bar.is_right is kind]
        assert sum(heights) / unit == pytest.approx(count)


def test_the_dots_stand_for_every_confidence(pair: Evaluation) -> None:
    plot = charts.reliability_plot(pair)
    assert {dot.setting for dot in plot.dots} == {0, 1}
    for setting, one in enumerate(pair.measured):
        dots = [dot for dot in plot.dots if dot.setting == setting]
        assert len(dots) == len(one.reliability.bins)
        assert sum(int(dot.text.split()[0]) for dot in dots) == len(pair.queries)
        for dot, each in zip(dots, one.reliability.bins, strict=True):
            share = (dot.x - charts.LEFT) / (charts.WIDTH - charts.LEFT - charts.RIGHT)
            assert share == pytest.approx(each.confidence)


def test_a_category_says_nothing_of_a_confidence(collection: Collection, label) -> None:
    found = measured(label(["query,category", "pear-1f350.webp,Food"]), collection)
    assert found.measured[0].reliability is None
    assert charts.reliability_plot(found) is None
    assert "What a confidence is worth" not in render(found)


def test_the_files_for_other_programs_give_the_same_figures(
    pair: Evaluation, tmp_path: Path
) -> None:
    qrels = tmp_path / "qrels"
    export_qrels(qrels, pair)
    asked = [ir_measures.Success @ 1, ir_measures.AP, ir_measures.RR, ir_measures.nDCG @ 10]
    keys = ("recall_at_1", "mean_average_precision", "mean_reciprocal_rank", "ndcg_at_10")
    for place, one in enumerate(pair.measured):
        run = tmp_path / f"run{place}"
        export_run(run, pair, one)
        theirs = ir_measures.calc_aggregate(
            asked,
            list(ir_measures.read_trec_qrels(str(qrels))),
            list(ir_measures.read_trec_run(str(run))),
        )
        for key, measure in zip(keys, asked, strict=True):
            assert one.figures[key].mean == pytest.approx(theirs[measure], abs=1e-9)

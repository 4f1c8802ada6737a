"""An evaluation as a whole: of the real recommender, and of ones whose figures are known."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vsearch import Collection
from vsearch.catalog.product import Product
from vsearch.errors import EvaluationError
from vsearch.events.columns import EventColumns
from vsearch.recommender_evaluation.cases import Case, Split, split_baskets, split_shoppers
from vsearch.recommender_evaluation.comparison import compare_rankers
from vsearch.recommender_evaluation.evaluate import evaluate_recommender
from vsearch.recommender_evaluation.event_columns import as_columns
from vsearch.recommender_evaluation.files import write_cases, write_trec
from vsearch.recommender_evaluation.gallery import Gallery
from vsearch.recommender_evaluation.measured import Question, RecommenderEvaluation
from vsearch.recommender_evaluation.rankers import Ranker
from vsearch.recommender_evaluation.simulation.options import ShopOptions
from vsearch.recommender_evaluation.simulation.shop import simulate
from vsearch.recommending.asked import GoesWith

CASES = 12


@pytest.fixture(scope="module")
def split(pages: list[EventColumns], gallery: Gallery) -> Split:
    return split_shoppers(pages, gallery, test_share=0.2)


def oracle(gallery: Gallery, place: int) -> Ranker:
    """Has what was taken at a place, from 1."""

    def rank(case: Case, depth: int) -> Sequence[str]:
        others = [sku for sku in gallery.skus if sku != case.target]
        return [*others[: place - 1], case.target, *others[place - 1 :]][:depth]

    return Ranker(f"oracle {place}", "knows", rank)


@pytest.fixture(scope="module")
def known(split: Split, gallery: Gallery) -> RecommenderEvaluation:
    return compare_rankers(split, [oracle(gallery, 2), oracle(gallery, 30)], gallery, depth=40)


@pytest.fixture(scope="module", params=Question)
def evaluated(
    request: pytest.FixtureRequest,
    sample: Collection,
    pages: list[EventColumns],
    gallery: Gallery,
) -> RecommenderEvaluation:
    return evaluate_recommender(
        sample,
        question=request.param,
        events=pages,
        gallery=gallery,
        # Learning takes a while; that what is learned is used is tested below.
        learn=False,
        depth=40,
        most_cases=CASES,
    )


def test_figures_of_one_who_knows(known: RecommenderEvaluation) -> None:
    second, late = known.measured
    assert (second.figures["recall"].mean, late.figures["recall"].mean) == (1, 0)
    assert second.figures["ndcg"].mean == pytest.approx(1 / np.log2(3))
    assert late.figures["mrr"].mean == pytest.approx(1 / 30)
    difference = known.differences["oracle 30"]["recall"]
    assert difference.difference.mean == 1
    assert difference.p_value < 0.001
    assert (difference.better, difference.worse) == (len(known.cases), 0)


def test_parts_share_the_cases_out(known: RecommenderEvaluation) -> None:
    sizes = {part.name: part.cases for part in known.slices}
    cold = sizes.pop("cold: product without events", 0)
    assert cold + sizes.pop("product with events") == len(known.cases) == sum(sizes.values())
    assert all(part.figures[0]["recall"].mean == 1 for part in known.slices)


def test_the_recommender_stands_beside_its_baselines(evaluated: RecommenderEvaluation) -> None:
    names = [one.name for one in evaluated.measured]
    is_next = evaluated.question is Question.NEXT
    assert names == [
        "vsearch",
        *("popularity", "random", "co-occurrence"),
        *(["single mean", "popular of kind"] if is_next else ["same style"]),
    ]
    assert len(evaluated.cases) == CASES
    assert set(evaluated.differences) == set(names[1:])
    for one in evaluated.measured:
        assert len(one.rankings) == CASES
        assert 0 < one.coverage <= 1
        for case, ranking in zip(evaluated.cases, one.rankings, strict=True):
            assert 0 < len(ranking) <= 40
            assert len(set(ranking)) == len(ranking)
            assert not {event.sku for event in case.history} & set(ranking)


def test_runs_and_cases_are_written(known: RecommenderEvaluation, tmp_path: Path) -> None:
    write_trec(tmp_path / "runs", known)
    write_cases(tmp_path / "cases.csv", known)
    assert sorted(file.name for file in (tmp_path / "runs").iterdir()) == [
        "oracle-2.run",
        "oracle-30.run",
        "qrels",
    ]
    qrels = dict(
        line.split(" 0 ") for line in (tmp_path / "runs" / "qrels").read_text().splitlines()
    )
    assert set(qrels.values()) == {f"{case.target} 1" for case in known.cases}
    with (tmp_path / "cases.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["taken"] for row in rows] == [case.target for case in known.cases]
    assert {(row["oracle 2"], row["oracle 30"]) for row in rows} == {("2", "30")}


def test_ctrl_c_leaves_the_figures_of_what_was_done(split: Split, gallery: Gallery) -> None:
    done = 0

    def rank(case: Case, depth: int) -> Sequence[str]:
        nonlocal done
        done += 1
        if done == 8:
            raise KeyboardInterrupt
        return [case.target]

    found = compare_rankers(split, [Ranker("slow", "", rank)], gallery)
    assert found.is_interrupted
    assert len(found.cases) == 7
    assert found.measured[0].figures["recall"].mean == 1
    done = 7
    with pytest.raises(EvaluationError, match="before the first case"):
        compare_rankers(split, [Ranker("slow", "", rank)], gallery)


def test_a_k_beyond_the_depth_is_refused(sample: Collection) -> None:
    with pytest.raises(EvaluationError, match="k = 11, depth = 10"):
        evaluate_recommender(sample, k=11, depth=10)


class StubShop:
    """A collection whose recommender finds what was taken once it has learned, and not before."""

    def __init__(self, answers: dict[tuple[str, ...], str], learned: object = None) -> None:
        self._answers = answers
        self._learned = learned
        self.learned_from: list[EventColumns] = []

    @property
    def recommender(self) -> StubShop:
        return self

    def given(self, *, behaviour: object, goes_with: object = None) -> StubShop:
        assert behaviour is not None
        return StubShop(self._answers, goes_with)

    def learn(self, pages: list[EventColumns], *, progress: object, keep: bool) -> SimpleNamespace:
        assert not keep
        self.learned_from += pages
        return SimpleNamespace(model="what was learned")

    def complete(self, asked: GoesWith) -> SimpleNamespace:
        found = self._answers[asked.skus] if self._learned == "what was learned" else "nothing"
        return SimpleNamespace(hits=[SimpleNamespace(hit=SimpleNamespace(sku=found))])


def test_what_is_learned_before_the_cut_completes_baskets_after_it(
    pages: list[EventColumns], gallery: Gallery
) -> None:
    split = split_baskets(pages, gallery, test_share=0.2, seed=0)
    answers = {tuple(one.sku for one in case.history): case.target for case in split.cases}
    shop: Any = StubShop(answers)
    found = evaluate_recommender(shop, question=Question.COMPLETE, events=pages, gallery=gallery)
    assert [one.name for one in found.measured][:2] == ["vsearch", "vsearch, not learned"]
    assert found.measured[0].figures["recall"].mean > 0.9
    assert found.measured[1].figures["recall"].mean == 0
    (training,) = shop.learned_from
    assert training.skus == split.training.skus


def test_with_too_few_baskets_to_learn_from_it_says_so(
    sample: Collection, products: tuple[Product, ...], gallery: Gallery
) -> None:
    few = [as_columns(simulate(products, ShopOptions(shoppers=40, seed=2)))]
    found = evaluate_recommender(
        sample, question=Question.COMPLETE, events=few, gallery=gallery, depth=20, most_cases=5
    )
    assert [one.name for one in found.measured][:2] == ["vsearch", "popularity"]
    (note,) = found.notes
    assert note.startswith("nothing learned: ")


def test_a_collection_without_events(sample: Collection) -> None:
    with pytest.raises(EvaluationError, match="0 events: too few"):
        evaluate_recommender(sample)

"""Figures by hand, and accuracy against two independent libraries on the same runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from vsearch.evaluation.interval import bootstrap
from vsearch.recommender_evaluation.gallery import Gallery
from vsearch.recommender_evaluation.measures import Known, coverage, measure

RANX = Path(__file__).parent / "ranx"

K = 10


def products(sections: list[int], embeddings: list[list[float]]) -> Gallery:
    own = np.arange(len(sections))
    return Gallery(
        tuple(f"sku {number}" for number in own),
        own,
        own,
        np.array(sections),
        np.array(embeddings, np.float32),
    )


FOUR = products([0, 0, 1, 2], [[1, 0], [1, 0], [0, 1], [-1, 0]])


def rows(*rankings: list[int]) -> list[np.ndarray]:
    return [np.array(ranking, np.int64) for ranking in rankings]


def test_accuracy_by_hand() -> None:
    known = Known(np.zeros(4), 0)
    found = measure(rows([3, 1, 0], [2, 0, 1], []), np.array([1, 1, 1]), FOUR, known, 2)
    assert found["recall"].tolist() == [1, 0, 0]
    assert found["ndcg"].tolist() == pytest.approx([1 / np.log2(3), 0, 0])
    assert found["mrr"].tolist() == pytest.approx([1 / 2, 1 / 3, 0])


def test_diversity_by_hand() -> None:
    known = Known(np.zeros(4), 0)
    found = measure(rows([0, 1, 2], [0, 3, 1], [2], []), np.zeros(4, np.int64), FOUR, known, 3)
    assert found["category_diversity"][:2].tolist() == pytest.approx([2 / 3, 2 / 3])
    # Pairs: the same, square, square; opposite, the same, opposite.
    assert found["looks_diversity"][:2].tolist() == pytest.approx([2 / 3, 4 / 3])
    assert np.isnan(found["category_diversity"][2:]).all()
    assert np.isnan(found["looks_diversity"][2:]).all()


def test_novelty_and_popularity_bias_by_hand() -> None:
    known = Known(np.array([3.0, 1.0, 0.0, 0.0]), 3)
    found = measure(rows([0, 1], [2, 3], []), np.array([0, 0, 0]), FOUR, known, 2)
    assert found["novelty"][:2].tolist() == pytest.approx([(0 + 1) / 2, 2])
    # Places among all: 0.875, 0.625, and 0.25 for the two that nobody has met.
    assert found["popularity_bias"][:2].tolist() == pytest.approx([0.75 - 0.875, 0.25 - 0.875])
    assert np.isnan(found["novelty"][2])


def test_coverage_by_hand() -> None:
    assert coverage(rows([0, 1, 3], [1, 0, 2]), 4, 2) == 0.5
    assert coverage(rows([0, 1, 3], [1, 0, 2]), 4, 3) == 1.0
    assert coverage([], 4, 2) == 0.0


def read_run(file: Path) -> dict[str, list[str]]:
    """The documents of each query, by their places."""
    found: dict[str, list[tuple[int, str]]] = {}
    for line in file.read_text().splitlines():
        query, _, document, place, _, _ = line.split()
        found.setdefault(query, []).append((int(place), document))
    return {query: [document for _, document in sorted(hits)] for query, hits in found.items()}


@pytest.fixture(scope="module")
def right() -> dict[str, str]:
    lines = (RANX / "qrels").read_text().splitlines()
    return {query: document for query, _, document, _ in map(str.split, lines)}


def ours(run: dict[str, list[str]], right: dict[str, str]) -> dict[str, np.ndarray]:
    skus = sorted({*right.values(), *(sku for ranking in run.values() for sku in ranking)})
    row_of = {sku: row for row, sku in enumerate(skus)}
    gallery = products([0] * len(skus), [[1.0, 0.0]] * len(skus))
    rankings = [np.array([row_of[sku] for sku in run.get(query, [])], np.int64) for query in right]
    targets = np.array([row_of[sku] for sku in right.values()])
    return measure(rankings, targets, gallery, Known(np.zeros(len(skus)), 0), K)


@pytest.mark.parametrize("system", ["co-occurrence", "random"])
def test_ranx_said_the_same_of_these_runs(system: str, right: dict[str, str]) -> None:
    """``ranx/figures.json`` is what ranx 0.3.21 computed from the files beside it."""
    said = json.loads((RANX / "figures.json").read_text())[system]
    found = ours(read_run(RANX / f"{system}.run"), right)
    for key, figure in said.items():
        assert bootstrap(found[key]).mean == pytest.approx(figure, abs=1e-6)


@pytest.mark.parametrize("system", ["co-occurrence", "random"])
def test_trec_eval_says_the_same_of_each_case(system: str, right: dict[str, str]) -> None:
    ir_measures = pytest.importorskip("ir_measures", reason="ir-measures is not installed")
    theirs = {
        "recall": ir_measures.R @ K,
        "ndcg": ir_measures.nDCG @ K,
        "mrr": ir_measures.RR,
    }
    said = {
        (one.query_id, one.measure): one.value
        for one in ir_measures.pytrec_eval.iter_calc(
            [*theirs.values()],
            list(ir_measures.read_trec_qrels(str(RANX / "qrels"))),
            list(ir_measures.read_trec_run(str(RANX / f"{system}.run"))),
        )
    }
    found = ours(read_run(RANX / f"{system}.run"), right)
    for key, one in theirs.items():
        expected = [said[query, one] for query in right]
        assert found[key].tolist() == pytest.approx(expected, abs=1e-6)
        assert key == "mrr" or 0 < len({*expected}) <= K + 1

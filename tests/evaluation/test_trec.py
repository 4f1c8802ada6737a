"""The files of a run, and the metrics against those of an independent library."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsearch.errors import StorageError
from vsearch.evaluation.matches import match_rankings
from vsearch.evaluation.measures import MEASURES
from vsearch.evaluation.trec import write_qrels, write_run

ir_measures = pytest.importorskip("ir_measures", reason="ir-measures is not installed")

#: Each of ours by the name that trec_eval's code has for it.
THEIRS = {
    "recall_at_1": ir_measures.Success @ 1,
    "recall_at_5": ir_measures.Success @ 5,
    "recall_at_10": ir_measures.Success @ 10,
    "mean_average_precision": ir_measures.AP,
    "mean_reciprocal_rank": ir_measures.RR,
    "ndcg_at_10": ir_measures.nDCG @ 10,
    "precision_at_10": ir_measures.P @ 10,
}


@st.composite
def searches(draw) -> list[tuple[list[str], list[float], set[str]]]:
    """For each query its ranking, scores that fall or stay, and what is right."""
    queries = []
    for _ in range(draw(st.integers(1, 5))):
        documents = [
            f"sku {number}" for number in draw(st.permutations(range(draw(st.integers(1, 25)))))
        ]
        steps = draw(st.lists(st.sampled_from([0.0, 1e-9, 0.01]), min_size=25, max_size=25))
        scores = (1 - np.cumsum(steps))[: len(documents)].tolist()
        # Some that are right are not found at all.
        right = draw(st.sets(st.integers(0, 40), min_size=1, max_size=15))
        queries.append((documents, scores, {f"sku {number}" for number in right}))
    return queries


@given(searches())
@settings(deadline=None, max_examples=60)
def test_every_measure_agrees_with_trec_eval(
    tmp_path_factory: pytest.TempPathFactory, found: list[tuple[list[str], list[float], set[str]]]
) -> None:
    folder = tmp_path_factory.mktemp("trec")
    run, qrels = folder / "run", folder / "qrels"
    names = [f"photo {number}.jpg" for number in range(len(found))]
    write_run(
        run,
        (
            (name, documents, np.array(scores, np.float32))
            for name, (documents, scores, _) in zip(names, found, strict=True)
        ),
        tag="ours",
    )
    write_qrels(qrels, ((name, right) for name, (_, _, right) in zip(names, found, strict=True)))
    matches = match_rankings(
        [np.array([one in right for one in documents], bool) for documents, _, right in found],
        [len(right) for _, _, right in found],
    )
    theirs = ir_measures.pytrec_eval.calc(
        list(THEIRS.values()),
        list(ir_measures.read_trec_qrels(str(qrels))),
        list(ir_measures.read_trec_run(str(run))),
    )
    by_query = {(str(one.measure), one.query_id): one.value for one in theirs.per_query}
    assert set(THEIRS) == {measure.key for measure in MEASURES}
    for measure in MEASURES:
        for number, ours in enumerate(measure.per_query(matches)):
            expected = by_query[str(THEIRS[measure.key]), f"photo%20{number}.jpg"]
            assert ours == pytest.approx(expected, abs=1e-9), measure.name


def test_the_lines(tmp_path: Path) -> None:
    run, qrels = tmp_path / "run", tmp_path / "qrels"
    write_run(
        run, [("q 1", ["A", "B%", "C"], np.array([0.5, 0.5, 0.25], np.float32))], tag="my own"
    )
    assert run.read_text() == (
        "q%201 Q0 A 1 0.5 my%20own\n"
        "q%201 Q0 B%25 2 0.49999997 my%20own\n"
        "q%201 Q0 C 3 0.25 my%20own\n"
    )
    write_qrels(qrels, [("q 1", {"C", "A"})])
    assert qrels.read_text() == "q%201 0 A 1\nq%201 0 C 1\n"


@given(st.lists(st.floats(-1, 1, width=32), max_size=30))
def test_a_program_that_sorts_by_score_sees_the_order_that_was_given(
    tmp_path_factory: pytest.TempPathFactory, scores: list[float]
) -> None:
    file = tmp_path_factory.mktemp("order") / "run"
    write_run(file, [("q", [str(n) for n in range(len(scores))], np.array(scores, "f4"))], tag="t")
    written = [np.float32(line.split()[4]) for line in file.read_text().splitlines()]
    assert all(above > below for above, below in pairwise(written))
    if scores == sorted(set(scores), reverse=True):
        assert all(math.isclose(a, b, rel_tol=1e-6) for a, b in zip(written, scores, strict=True))


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="folder does not exist"):
        write_run(tmp_path / "no" / "run", [], tag="t")
    with pytest.raises(StorageError, match="folder does not exist"):
        write_qrels(tmp_path / "no" / "qrels", [])

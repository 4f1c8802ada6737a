"""Several systems on the same cases, the first compared with each of the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vsearch.errors import EvaluationError
from vsearch.evaluation.interval import Interval, bootstrap
from vsearch.evaluation.paired import PairedDifference, compare_paired
from vsearch.progress import Progress, Silence
from vsearch.recommender_evaluation.cases import Case, Split
from vsearch.recommender_evaluation.gallery import Gallery, Rows
from vsearch.recommender_evaluation.measured import Measured, Question, RecommenderEvaluation
from vsearch.recommender_evaluation.measures import MRR, NDCG, RECALL, Known, coverage, measure
from vsearch.recommender_evaluation.popularity import met_by
from vsearch.recommender_evaluation.rankers import Ranker
from vsearch.recommender_evaluation.slices import slice_cases

_JUDGED = (RECALL, NDCG, MRR)


def compare_rankers(
    split: Split,
    rankers: Sequence[Ranker],
    gallery: Gallery,
    *,
    question: Question = Question.NEXT,
    notes: tuple[str, ...] = (),
    k: int = 10,
    depth: int = 100,
    most_cases: int = 5_000,
    seed: int = 0,
    progress: Progress | None = None,
) -> RecommenderEvaluation:
    """Ask several systems the same, and compare the first with each of the others.

    Raises:
        EvaluationError: Ctrl-C came before a single case was done.
    """
    cases = _some(split.cases, most_cases, seed)
    rankings, is_interrupted = _rankings(cases, rankers, depth, progress or Silence())
    cases = cases[: len(rankings)]
    if not cases:
        raise EvaluationError("interrupted before the first case was done")
    known = Known(*met_by(split.training, gallery))
    measured = tuple(
        _measured(ranker, [each[place] for each in rankings], cases, gallery, known, k)
        for place, ranker in enumerate(rankers)
    )
    return RecommenderEvaluation(
        question=question,
        k=k,
        depth=depth,
        products=len(gallery),
        training_events=len(split.training),
        cut=split.cut,
        cases=tuple(cases),
        measured=measured,
        differences={one.name: _differences(one, measured[0]) for one in measured[1:]},
        slices=slice_cases(cases, measured, gallery, known, question),
        notes=notes,
        is_interrupted=is_interrupted,
    )


def _some(cases: Sequence[Case], most: int, seed: int) -> list[Case]:
    if len(cases) <= most:
        return list(cases)
    chosen = np.random.default_rng(seed).choice(len(cases), most, replace=False)
    return [cases[place] for place in np.sort(chosen)]


def _rankings(
    cases: Sequence[Case], rankers: Sequence[Ranker], depth: int, progress: Progress
) -> tuple[list[list[tuple[str, ...]]], bool]:
    """For each case every system's ranking, and whether Ctrl-C ended it."""
    rankings: list[list[tuple[str, ...]]] = []
    with progress.stage("cases", len(cases), "cases") as advance:
        try:
            for case in cases:
                rankings.append([tuple(ranker.rank(case, depth)) for ranker in rankers])
                advance(1)
        except KeyboardInterrupt:
            return rankings, True
    return rankings, False


def _measured(
    ranker: Ranker,
    rankings: list[tuple[str, ...]],
    cases: Sequence[Case],
    gallery: Gallery,
    known: Known,
    k: int,
) -> Measured:
    rows: list[Rows] = [gallery.rows(ranking) for ranking in rankings]
    values = measure(rows, gallery.rows(case.target for case in cases), gallery, known, k)
    figures: dict[str, Interval] = {
        key: bootstrap(each) for key, each in values.items() if not np.isnan(each).all()
    }
    return Measured(
        ranker.name,
        ranker.meaning,
        tuple(rankings),
        values,
        figures,
        coverage(rows, len(gallery), k),
    )


def _differences(baseline: Measured, recommender: Measured) -> dict[str, PairedDifference]:
    return {key: compare_paired(baseline.values[key], recommender.values[key]) for key in _JUDGED}

"""How well a collection's recommender finds what came next, beside the usual baselines."""

from __future__ import annotations

from collections.abc import Collection as Several
from collections.abc import Iterable, Sequence

import numpy as np

from vsearch.behaviour.behaviour import Behaviour
from vsearch.collection import Collection
from vsearch.errors import EvaluationError
from vsearch.evaluation.interval import Interval, bootstrap
from vsearch.evaluation.paired import PairedDifference, compare_paired
from vsearch.events.columns import EventColumns
from vsearch.events.event import EventKind
from vsearch.progress import Progress, Silence
from vsearch.recommender_evaluation.baselines import basket_baselines, shopper_baselines
from vsearch.recommender_evaluation.cases import Case, Split, split_baskets, split_shoppers
from vsearch.recommender_evaluation.gallery import Gallery, Rows
from vsearch.recommender_evaluation.measured import Measured, Question, RecommenderEvaluation
from vsearch.recommender_evaluation.measures import MRR, NDCG, RECALL, Known, coverage, measure
from vsearch.recommender_evaluation.popularity import met_by
from vsearch.recommender_evaluation.rankers import Ranker
from vsearch.recommender_evaluation.slices import slice_cases
from vsearch.recommending.asked import ForShopper, GoesWith
from vsearch.recommending.recommender import Recommender

#: The recommender's name among the systems.
VSEARCH = "vsearch"

_JUDGED = (RECALL, NDCG, MRR)


def evaluate_recommender(
    collection: Collection,
    *,
    question: Question = Question.NEXT,
    events: Iterable[EventColumns] | None = None,
    gallery: Gallery | None = None,
    test_share: float = 0.2,
    kinds: Several[str] = tuple(EventKind),
    k: int = 10,
    depth: int = 100,
    most_cases: int = 5_000,
    seed: int = 0,
    progress: Progress | None = None,
) -> RecommenderEvaluation:
    """Cut a collection's events in time, learn from the first part, and ask about the second.

    Of each shopper who came after the cut the last product that was new to them is left out
    (``split_shoppers``), or one product of each basket (``split_baskets``). The recommender and
    the baselines are given what came before it and rank all other products.

    Args:
        collection: whose recommender it is; nothing of it is changed.
        question: what is asked.
        events: pages of events in place of those that the collection has.
        gallery: of the collection, where it has been read already.
        test_share: how many of the events come after the cut.
        kinds: of ``Question.NEXT``: with what a product has to be met to be asked for.
        k: how many recommendations a shopper is shown.
        depth: how many are asked for, at least k.
        most_cases: of more, so many are drawn.
        seed: of all that is drawn.
        progress: told how far it has come.

    Raises:
        EvaluationError: there are too few events, or a number is out of range.
    """
    if not 1 <= k <= depth:
        raise EvaluationError(f"k = {k}, depth = {depth}: give 1 or more, and a depth of k or more")
    gallery = gallery or Gallery.of(collection)
    pages = collection.events.read() if events is None else events
    recommender = collection.recommender
    if question is Question.NEXT:
        split = split_shoppers(pages, gallery, test_share=test_share, kinds=kinds)
        baselines = shopper_baselines(split.training, gallery, seed)
        ranker = shopper_ranker(_knowing(recommender, split))
    else:
        split = split_baskets(pages, gallery, test_share=test_share, seed=seed)
        baselines = basket_baselines(split.training, gallery, seed)
        ranker = basket_ranker(_knowing(recommender, split))
    return compare_rankers(
        split,
        (ranker, *baselines),
        gallery,
        question=question,
        k=k,
        depth=depth,
        most_cases=most_cases,
        seed=seed,
        progress=progress,
    )


def shopper_ranker(recommender: Recommender, name: str = VSEARCH) -> Ranker:
    """A recommender, asked for what a shopper meets next."""

    def rank(case: Case, depth: int) -> Sequence[str]:
        asked = ForShopper(history=case.history, k=depth, at=case.at)
        return [one.hit.sku for one in recommender.recommend(asked).hits]

    return Ranker(name, "what vsearch recommends to a shopper", rank)


def basket_ranker(recommender: Recommender, name: str = VSEARCH) -> Ranker:
    """A recommender, asked for what completes a basket."""

    def rank(case: Case, depth: int) -> Sequence[str]:
        asked = GoesWith(tuple(event.sku for event in case.history), k=depth)
        return [one.hit.sku for one in recommender.complete(asked).hits]

    return Ranker(name, "what vsearch says goes with a basket", rank)


def compare_rankers(
    split: Split,
    rankers: Sequence[Ranker],
    gallery: Gallery,
    *,
    question: Question = Question.NEXT,
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
        is_interrupted=is_interrupted,
    )


def _knowing(recommender: Recommender, split: Split) -> Recommender:
    return recommender.given(behaviour=Behaviour.of([split.training]))


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

"""How well a collection's recommender finds what came next, beside the usual baselines."""

from __future__ import annotations

from collections.abc import Collection as Several
from collections.abc import Iterable, Sequence

from vsearch.behaviour.behaviour import Behaviour
from vsearch.collection import Collection
from vsearch.errors import EvaluationError, TrainingError
from vsearch.events.columns import EventColumns
from vsearch.events.event import EventKind
from vsearch.progress import Progress
from vsearch.recommender_evaluation.baselines import basket_baselines, shopper_baselines
from vsearch.recommender_evaluation.cases import Case, Split, split_baskets, split_shoppers
from vsearch.recommender_evaluation.comparison import compare_rankers
from vsearch.recommender_evaluation.gallery import Gallery
from vsearch.recommender_evaluation.measured import Question, RecommenderEvaluation
from vsearch.recommender_evaluation.rankers import Ranker
from vsearch.recommending.asked import ForShopper, GoesWith
from vsearch.recommending.recommender import Recommender

#: The recommender's name among the systems.
VSEARCH = "vsearch"


def evaluate_recommender(
    collection: Collection,
    *,
    question: Question = Question.NEXT,
    events: Iterable[EventColumns] | None = None,
    gallery: Gallery | None = None,
    test_share: float = 0.2,
    kinds: Several[str] = tuple(EventKind),
    learn: bool = True,
    also: Sequence[Ranker] = (),
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
        learn: of ``Question.COMPLETE``: whether what goes with what is learned from the first
            part, as ``vsearch recommend learn`` does. It stands beside the recommender that has
            only counted.
        also: further systems to compare with.
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
    notes: tuple[str, ...] = ()
    if question is Question.NEXT:
        split = split_shoppers(pages, gallery, test_share=test_share, kinds=kinds)
        known = collection.recommender.given(behaviour=Behaviour.of([split.training]))
        rankers: tuple[Ranker, ...] = (
            shopper_ranker(known),
            *shopper_baselines(split.training, gallery, seed),
        )
    else:
        split = split_baskets(pages, gallery, test_share=test_share, seed=seed)
        own, notes = _completing(collection.recommender, split, learn, progress)
        rankers = (*own, *basket_baselines(split.training, gallery, seed))
    return compare_rankers(
        split,
        (*rankers, *also),
        gallery,
        question=question,
        notes=notes,
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


def _completing(
    recommender: Recommender, split: Split, learn: bool, progress: Progress | None
) -> tuple[tuple[Ranker, ...], tuple[str, ...]]:
    """The recommender as it would complete baskets at the moment of the cut, and notes."""
    behaviour = Behaviour.of([split.training])
    counted = recommender.given(behaviour=behaviour)
    if not learn:
        return (basket_ranker(counted),), ()
    try:
        learned = recommender.learn([split.training], progress=progress, keep=False)
    except TrainingError as error:
        return (basket_ranker(counted),), (f"nothing learned: {error}",)
    known = recommender.given(behaviour=behaviour, goes_with=learned.model)
    return (basket_ranker(known), basket_ranker(counted, f"{VSEARCH}, not learned")), ()

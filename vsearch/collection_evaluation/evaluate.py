"""From labelled queries to figures: of one setting, or of two and what lies between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from vsearch.collection_evaluation.answers import Answer, Answers, ask_all
from vsearch.collection_evaluation.catalogue_truth import (
    Listing,
    Truth,
    group_names,
    read_listing,
    resolve,
)
from vsearch.collection_evaluation.index_recall import index_recall_at_10
from vsearch.collection_evaluation.measured import Evaluation, Measured
from vsearch.collection_evaluation.setting import Setting
from vsearch.errors import EvaluationError
from vsearch.evaluation.interval import bootstrap
from vsearch.evaluation.labelled_queries import LabelledQueries, LabelledQuery
from vsearch.evaluation.latency import latency_of
from vsearch.evaluation.matches import match_rankings
from vsearch.evaluation.measures import DEEPEST, MEASURES
from vsearch.evaluation.paired import PairedDifference, compare_paired
from vsearch.evaluation.reliability import Reliability, reliability_of
from vsearch.progress import Progress, Silence


def evaluate(
    labelled: LabelledQueries,
    settings: Sequence[Setting],
    *,
    depth: int = 100,
    progress: Progress | None = None,
    on_refused: Callable[[str], None] | None = None,
) -> Evaluation:
    """Ask every query and measure the answers.

    Args:
        labelled: what should find what.
        settings: one, or two to be compared.
        depth: how many products to ask for, 10 to 10,000: mAP looks no further.
        progress: told of the stages.
        on_refused: told of each thing that is left out, as soon as that is known.

    Raises:
        EvaluationError: no query has something right and a picture that can be read.
        EncoderMismatch: a collection's encoder isn't at hand.
        ValueError: the depth or the number of settings is out of range.
    """
    if depth < DEEPEST or len(settings) not in (1, 2):
        raise ValueError(f"depth {depth} of {DEEPEST}.. and one or two settings are needed")
    tell = on_refused or (lambda _sentence: None)
    listener = progress or Silence()
    for sentence in labelled.refused:
        tell(sentence)
    listings = [read_listing(setting.collection) for setting in settings]
    truths = [resolve(labelled.queries, listing) for listing in listings]
    refused = _told_once(truths, tell)
    usable = [row for row in range(len(labelled.queries)) if all(t.right[row] for t in truths)]
    if not usable:
        first = f"; the first: {refused[0]}" if refused else ""
        raise EvaluationError(
            f"{labelled.source}: no query has something right in the collection{first}; write"
            " SKUs and categories as the catalogue has them, see `vsearch export`"
        )
    answers = ask_all(
        settings,
        [labelled.queries[row] for row in usable],
        depth=depth,
        progress=listener,
        on_refused=tell,
    )
    kept = [usable[number] for number in answers.asked]
    if not kept:
        if answers.is_interrupted:
            raise KeyboardInterrupt
        raise EvaluationError(
            f"{labelled.source}: none of {len(usable)} query pictures can be read; the first:"
            f" {answers.refused[0]}"
        )
    queries = tuple(labelled.queries[row] for row in kept)
    recalls, is_interrupted = _index_recalls(settings, queries, answers, listener)
    measured = tuple(
        _measure(setting, listing, queries, [truth.right[row] for row in kept], given, recall)
        for setting, listing, truth, given, recall in zip(
            settings, listings, truths, answers.by_setting, recalls, strict=True
        )
    )
    return Evaluation(
        source=labelled.source,
        depth=depth,
        queries=queries,
        groups=tuple(group_names(measured[0].right, listings[0])),
        measured=measured,
        differences=_differences(measured),
        refused=(*labelled.refused, *refused, *answers.refused),
        notes=tuple(_notes(measured, listings)),
        is_interrupted=is_interrupted,
    )


def _told_once(truths: Sequence[Truth], tell: Callable[[str], None]) -> tuple[str, ...]:
    """What the collections don't have; two of the same catalogue lack the same."""
    refused = tuple(dict.fromkeys(sentence for truth in truths for sentence in truth.refused))
    for sentence in refused:
        tell(sentence)
    return refused


def _index_recalls(
    settings: Sequence[Setting],
    queries: Sequence[LabelledQuery],
    answers: Answers,
    progress: Progress,
) -> tuple[list[float | None], bool]:
    """Of each setting's index, and whether Ctrl-C has come by now."""
    recalls: list[float | None] = [None] * len(settings)
    if answers.is_interrupted:
        return recalls, True
    pictures = [query.path for query in queries]
    try:
        for place, setting in enumerate(settings):
            recalls[place] = index_recall_at_10(
                setting.collection.folder, setting.settings, pictures, progress
            )
    except KeyboardInterrupt:
        return recalls, True
    return recalls, False


def _measure(
    setting: Setting,
    listing: Listing,
    queries: Sequence[LabelledQuery],
    right: Sequence[frozenset[str]],
    answers: Sequence[Answer],
    index_recall: float | None,
) -> Measured:
    matches = match_rankings(
        [
            np.array([sku in wanted for sku in answer.skus], bool)
            for wanted, answer in zip(right, answers, strict=True)
        ],
        [len(wanted) for wanted in right],
    )
    per_query = {measure.key: measure.per_query(matches) for measure in MEASURES}
    return Measured(
        setting=setting,
        products=len(listing.categories),
        right=tuple(right),
        answers=tuple(answers),
        matches=matches,
        per_query=per_query,
        figures={key: bootstrap(values) for key, values in per_query.items()},
        latency=latency_of([answer.seconds for answer in answers]),
        reliability=_reliability(queries, right, answers),
        index_kind=setting.collection.manifest.index_kind,
        index_recall_at_10=index_recall,
    )


def _reliability(
    queries: Sequence[LabelledQuery],
    right: Sequence[frozenset[str]],
    answers: Sequence[Answer],
) -> Reliability | None:
    confident = [
        (answer.first[0].confidence, answer.first[0].sku in wanted)
        for answer, wanted in zip(answers, right, strict=True)
        if answer.first and answer.first[0].confidence is not None
    ]
    if not confident or not all(query.skus for query in queries):
        return None
    confidences, is_right = zip(*confident, strict=True)
    return reliability_of(np.array(confidences, np.float64), np.array(is_right, bool))


def _differences(measured: Sequence[Measured]) -> Mapping[str, PairedDifference]:
    if len(measured) < 2:
        return {}
    first, second = measured
    return {
        key: compare_paired(first.per_query[key], second.per_query[key]) for key in first.per_query
    }


def _notes(measured: Sequence[Measured], listings: Sequence[Listing]) -> list[str]:
    notes = []
    for one, listing in zip(measured, listings, strict=True):
        hidden = sum(wanted <= listing.without_image for wanted in one.right)
        if hidden:
            notes.append(
                f"{one.setting.name}: {hidden} queries look for products without a usable image,"
                " which no photo can find; they count as not found"
            )
    if len(listings) == 2 and listings[0].categories.keys() != listings[1].categories.keys():
        notes.append(
            "the two collections don't hold the same products: a difference between them is not"
            " one of their encoders alone"
        )
    return notes

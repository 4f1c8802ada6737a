"""Labelled queries through one or two searches, each answer timed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import numpy.typing as npt

from vsearch.collection_evaluation.setting import Setting
from vsearch.errors import ImageRejected
from vsearch.evaluation.labelled_queries import LabelledQuery
from vsearch.progress import Progress
from vsearch.searching.result import Hit

SHOWN = 6
"""Hits of each answer that are kept whole, to be shown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one search gave for one query."""

    skus: tuple[str, ...]
    """The best first, each once."""

    scores: npt.NDArray[np.float32]
    """(n,) of those."""

    first: tuple[Hit, ...]
    """The first few of them."""

    seconds: float
    """Decoding, encoding and searching."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of every setting to the queries whose pictures could be read."""

    asked: tuple[int, ...]
    """Which of the queries were asked and answered, ascending."""

    by_setting: tuple[tuple[Answer, ...], ...]
    """For each setting its answers to those."""

    refused: tuple[str, ...]
    """``FILE:LINE: PATH: why`` of the pictures that can't be read."""

    is_interrupted: bool
    """Whether Ctrl-C came before the last query."""


def ask_all(
    settings: Sequence[Setting],
    queries: Sequence[LabelledQuery],
    *,
    depth: int,
    progress: Progress,
    on_refused: Callable[[str], None],
) -> Answers:
    """Ask every query, of each setting in turn, so that the machine's moods meet both alike.

    Ctrl-C ends it: what has been answered by then comes back.

    Args:
        settings: under test.
        queries: with pictures that may be unreadable.
        depth: how many products to ask for.
        progress: told of every query.
        on_refused: told of each picture that can't be read.
    """
    answers: dict[int, tuple[Answer, ...]] = {}
    refused: list[str] = []
    is_interrupted = False
    try:
        for setting in settings:
            # What is set up once, the encoder's loading above all, is no query's latency.
            setting.collection.load_encoder()
            _warm_up(setting, queries, depth)
        with progress.stage("queries", len(queries), "queries") as advance:
            for number, query in enumerate(queries):
                try:
                    answers[number] = tuple(_ask(setting, query, depth) for setting in settings)
                except ImageRejected as rejected:
                    refused.append(f"{query.where}: {query.name}: {rejected.reason}")
                    on_refused(refused[-1])
                advance(1)
    except KeyboardInterrupt:
        is_interrupted = True
    by_setting = tuple(
        tuple(given[place] for given in answers.values()) for place in range(len(settings))
    )
    return Answers(tuple(answers), by_setting, tuple(refused), is_interrupted)


def _warm_up(setting: Setting, queries: Sequence[LabelledQuery], depth: int) -> None:
    for query in queries:
        try:
            setting.ask(query.path, depth)
        except ImageRejected:
            continue
        return


def _ask(setting: Setting, query: LabelledQuery, depth: int) -> Answer:
    started = perf_counter()
    hits = setting.ask(query.path, depth)
    seconds = perf_counter() - started
    return Answer(
        skus=tuple(hit.sku for hit in hits),
        scores=np.array([hit.score for hit in hits], np.float32),
        first=tuple(hits[:SHOWN]),
        seconds=seconds,
    )

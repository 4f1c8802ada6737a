"""What an evaluation has measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vsearch.collection_evaluation.answers import Answer
from vsearch.collection_evaluation.setting import Setting
from vsearch.evaluation.interval import Interval
from vsearch.evaluation.labelled_queries import LabelledQuery
from vsearch.evaluation.latency import Latency
from vsearch.evaluation.matches import Matches
from vsearch.evaluation.metrics import PerQuery
from vsearch.evaluation.paired import PairedDifference
from vsearch.evaluation.reliability import Reliability


@dataclass(frozen=True, slots=True)
class Measured:
    """One setting's figures."""

    setting: Setting
    products: int
    """That the collection has."""

    right: tuple[frozenset[str], ...]
    """For each query the SKUs that are right, in this setting's collection."""

    answers: tuple[Answer, ...]
    """To each query."""

    matches: Matches
    """Where in the answers the right products stand."""

    per_query: Mapping[str, PerQuery]
    """By the measure's key, a figure for each query."""

    figures: Mapping[str, Interval]
    """By the measure's key, the mean with its 95% interval."""

    latency: Latency

    reliability: Reliability | None
    """Of the first hits' confidences; None where the collection gives none, or a query is
    labelled with a category: a confidence is that a hit is the very thing."""

    index_kind: str
    """``exact``, ``hnsw`` or ``ivf``; empty where nothing is indexed."""

    index_recall_at_10: float | None
    """Of the images that the index finds; None where that wasn't measured."""

    def first_right(self, query: int) -> int | None:
        """The place of the first right product of a query's answer, from 1; None without one."""
        right = self.right[query]
        places = (place for place, sku in enumerate(self.answers[query].skus, 1) if sku in right)
        return next(places, None)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured, with everything that a report shows of it."""

    source: Path
    """Of the queries."""

    depth: int
    """How many products each query asked for."""

    queries: tuple[LabelledQuery, ...]
    """Those that every setting answered, and for which each has something right."""

    groups: tuple[str, ...]
    """For each query the category that it is counted under."""

    measured: tuple[Measured, ...]
    """One or two."""

    differences: Mapping[str, PairedDifference]
    """By the measure's key, the second setting minus the first; empty for one setting."""

    refused: tuple[str, ...]
    """Rows, SKUs, categories and pictures that were left out: ``FILE:LINE: why``."""

    notes: tuple[str, ...]
    """What else a reader of the figures should know, a sentence each."""

    is_interrupted: bool
    """Whether Ctrl-C ended it before the last query."""

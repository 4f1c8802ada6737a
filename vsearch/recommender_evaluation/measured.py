"""What an evaluation of a recommender has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vsearch.evaluation.interval import Interval
from vsearch.evaluation.paired import PairedDifference
from vsearch.recommender_evaluation.cases import Case
from vsearch.recommender_evaluation.measures import PerCase


class Question(StrEnum):
    """What a recommender is asked for."""

    NEXT = "next"
    """What a shopper meets next that is new to them."""
    COMPLETE = "complete"
    """What else is in a basket."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One system on all cases."""

    name: str
    meaning: str
    rankings: tuple[tuple[str, ...], ...]
    """For each case the SKUs that it recommends, the best first."""
    values: Mapping[str, PerCase]
    """By the measure's key."""
    figures: Mapping[str, Interval]
    """Their means with the 95% intervals over the cases; none of a measure without values."""
    coverage: float
    """The share of the catalogue that is among the first k of any case."""


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """Some of the cases."""

    name: str
    cases: int
    figures: tuple[Mapping[str, Interval], ...]
    """For each system, by the measure's key."""


@dataclass(frozen=True, slots=True, eq=False)
class RecommenderEvaluation:
    """A recommender and its baselines on the same cases."""

    question: Question
    k: int
    depth: int
    """How many products each system was asked for; MRR looks no further."""
    products: int
    training_events: int
    cut: datetime
    """Everything from then on was unknown to all, but what the asking shopper did until then."""
    cases: tuple[Case, ...]
    """One of each shopper, or of each basket."""
    measured: tuple[Measured, ...]
    """The recommender first."""
    differences: Mapping[str, Mapping[str, PairedDifference]]
    """By the other system's name and the measure's key: the recommender less the other one."""
    slices: tuple[Slice, ...]
    notes: tuple[str, ...]
    """What else a reader of the figures should know, a sentence each."""
    is_interrupted: bool
    """Whether Ctrl-C ended it before the last case."""

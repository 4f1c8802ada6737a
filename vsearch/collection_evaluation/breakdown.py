"""Figures by category: where a search is good and where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vsearch.collection_evaluation.measured import Evaluation
from vsearch.evaluation.interval import Interval, bootstrap

KEYS = ("recall_at_1", "recall_at_10", "mean_average_precision")
"""What is told of a category."""


@dataclass(frozen=True, slots=True)
class Group:
    """The queries of one category."""

    name: str
    queries: int

    figures: tuple[Mapping[str, Interval], ...]
    """For each setting, by ``KEYS``."""


def by_category(evaluation: Evaluation) -> list[Group]:
    """Figures of each category, those with the most queries first."""
    names = np.array(evaluation.groups, dtype=object)
    groups = []
    for name in dict.fromkeys(evaluation.groups):
        rows = np.flatnonzero(names == name)
        figures = tuple(
            {key: bootstrap(one.per_query[key][rows]) for key in KEYS}
            for one in evaluation.measured
        )
        groups.append(Group(name, len(rows), figures))
    return sorted(groups, key=lambda group: (-group.queries, group.name))

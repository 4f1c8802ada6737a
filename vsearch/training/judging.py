"""What a map of the embeddings is worth: how well held-out pictures find their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vsearch.encoder.interface import Embeddings
from vsearch.errors import TrainingError
from vsearch.evaluation.interval import Interval, bootstrap
from vsearch.evaluation.matches import Rows, match_embeddings
from vsearch.evaluation.metrics import PerQuery, average_precision, recall_at_k
from vsearch.training.examples import UNKNOWN, Examples

Map = Callable[[Embeddings], Embeddings]
"""Takes the backbone's embeddings, (n, dim) float32, and gives what is searched with."""

# More would cost time and hardly narrow the intervals.
_MOST_QUERIES = 2_000
_MOST_DISTRACTORS = 20_000


@dataclass(frozen=True)
class Figures:
    """How the held-out pictures fare, one figure a query."""

    recall: PerQuery
    """R@1."""

    precision: PerQuery
    """Average precision."""

    @property
    def recall_at_1(self) -> Interval:
        """With its 95% interval over the queries."""
        return bootstrap(self.recall)

    @property
    def mean_average_precision(self) -> Interval:
        """With its 95% interval over the queries."""
        return bootstrap(self.precision)


@dataclass(frozen=True)
class Difference:
    """Two encoders on the same queries."""

    recall_at_1: Interval
    """How much is gained: negative where it is lost."""

    mean_average_precision: Interval

    @property
    def is_loss(self) -> bool:
        """Whether mAP falls, or R@1 by more than chance: mAP is the steadier of the two."""
        return self.mean_average_precision.mean < 0 or self.recall_at_1.high < 0


def difference(before: Figures, after: Figures) -> Difference:
    """Compare query by query, which is sharper than two means side by side."""
    return Difference(
        bootstrap(after.recall - before.recall), bootstrap(after.precision - before.precision)
    )


class HeldOut(Protocol):
    """What a map is judged by."""

    @property
    def products(self) -> int:
        """How many products are asked with."""

    def judge(self, examples: Examples, apply: Map) -> Figures:
        """Rank the gallery for each query."""


class Judge:
    """Asks with the held-out pictures for others of their label, among the whole catalogue."""

    def __init__(
        self,
        examples: Examples,
        seed: int,
        *,
        most_queries: int = _MOST_QUERIES,
        most_distractors: int = _MOST_DISTRACTORS,
    ) -> None:
        """Choose queries and gallery; they are the same for every map.

        Args:
            examples: of which some are held out.
            seed: of the choice, where there are too many.
            most_queries: no more are asked.
            most_distractors: of the pictures that are right for no query, no more are kept.

        Raises:
            TrainingError: no held-out picture has another one to find.
        """
        random = np.random.default_rng(seed)
        is_query = examples.is_held_out & (examples.labels != UNKNOWN)
        queries = _at_most(np.flatnonzero(is_query), most_queries, random)
        wanted = np.isin(examples.labels[: examples.gallery], examples.labels[queries])
        others = _at_most(np.flatnonzero(~wanted), most_distractors, random)
        gallery = np.union1d(np.flatnonzero(wanted), others)
        relevant, excluded = _answers(examples, queries, gallery)
        answerable = np.array(
            [len(np.setdiff1d(r, e)) > 0 for r, e in zip(relevant, excluded, strict=True)], bool
        )
        if not answerable.any():
            raise TrainingError(
                "no held-out picture has another one to find: too few products are held out;"
                " index more, or raise --held-out"
            )
        kept = np.flatnonzero(answerable)
        self.queries = queries[kept]
        self.gallery = gallery
        self.products = len(np.unique(examples.products[self.queries]))
        self._relevant = [relevant[row] for row in kept]
        self._excluded = [excluded[row] for row in kept]

    def judge(self, examples: Examples, apply: Map) -> Figures:
        """Rank the gallery for each query."""
        return self.judge_embeddings(
            apply(examples.embeddings[self.queries]), apply(examples.embeddings[self.gallery])
        )

    def judge_embeddings(self, queries: Embeddings, gallery: Embeddings) -> Figures:
        """The same for embeddings that were made anew, in the order of the two row lists."""
        matches = match_embeddings(queries, gallery, self._relevant, excluded=self._excluded)
        return Figures(recall_at_k(matches, 1), average_precision(matches))


def _at_most(rows: Rows, most: int, random: np.random.Generator) -> Rows:
    if len(rows) <= most:
        return rows
    return np.sort(random.choice(rows, most, replace=False))


def _answers(examples: Examples, queries: Rows, gallery: Rows) -> tuple[list[Rows], list[Rows]]:
    labels, products = examples.labels[gallery], examples.products[gallery]
    by_label = _places(labels)
    by_product = _places(products)
    by_content: dict[str, list[int]] = {examples.contents[row]: [] for row in queries}
    for place, row in enumerate(gallery):
        if examples.contents[row] in by_content:
            by_content[examples.contents[row]].append(place)
    nothing = np.empty(0, np.int64)
    relevant, excluded = [], []
    for row in queries:
        relevant.append(by_label.get(int(examples.labels[row]), nothing))
        hidden = by_product.get(int(examples.hidden[row]), nothing)
        excluded.append(np.union1d(hidden, np.array(by_content[examples.contents[row]], np.int64)))
    return relevant, excluded


def _places(values: Rows) -> dict[int, Rows]:
    """For each value but ``UNKNOWN`` the places where it stands, ascending."""
    order = np.argsort(values, kind="stable")
    found, starts = np.unique(values[order], return_index=True)
    parts = np.split(order, starts[1:])
    return {int(value): part for value, part in zip(found, parts, strict=True) if value != UNKNOWN}

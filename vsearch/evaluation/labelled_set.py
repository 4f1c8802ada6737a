"""Pictures of which it is known what should find what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vsearch.errors import EvaluationError
from vsearch.evaluation.matches import Matches, Rows, match_embeddings, rows_by_label

_LABELS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """A picture and what it shows."""

    path: Path

    labels: frozenset[str]
    """SKUs, names, categories. A query finds right what shares any of its labels."""

    skip: str | None = None
    """A query doesn't look at gallery pictures with its own ``skip``: itself. None for none."""


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Queries and the gallery that they are looked for in. Each query has something to find."""

    name: str
    gallery: tuple[LabelledImage, ...]
    queries: tuple[LabelledImage, ...]

    notes: tuple[str, ...] = ()
    """What was left out and why, a sentence each."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every picture once, the gallery's first."""
        return tuple(dict.fromkeys(image.path for image in (*self.gallery, *self.queries)))

    def relevant(self) -> list[Rows]:
        """For each query the gallery rows that share a label with it."""
        return rows_by_label(
            [image.labels for image in self.queries], [image.labels for image in self.gallery]
        )

    def excluded(self) -> list[Rows]:
        """For each query the gallery rows with its own ``skip``."""
        return _same_skip(self.queries, self.gallery)

    def without(self, paths: AbstractSet[Path]) -> LabelledSet:
        """Leave out pictures that can't be read, and the queries that then have nothing to find.

        Raises:
            EvaluationError: nothing is left that could be measured.
        """
        return make_labelled_set(
            self.name,
            [image for image in self.gallery if image.path not in paths],
            [image for image in self.queries if image.path not in paths],
            notes=self.notes,
        )


def match_labelled(
    paths: Sequence[Path], embeddings: npt.NDArray[np.float32], labelled: LabelledSet
) -> Matches:
    """Rank the gallery of a set for each of its queries.

    Args:
        paths: of the embeddings, every picture of the set among them.
        embeddings: (n, dim) float32, L2-normalised.
        labelled: what should find what.
    """
    rows = {path: row for row, path in enumerate(paths)}
    return match_embeddings(
        embeddings[[rows[image.path] for image in labelled.queries]],
        embeddings[[rows[image.path] for image in labelled.gallery]],
        labelled.relevant(),
        excluded=labelled.excluded(),
    )


def make_labelled_set(
    name: str,
    gallery: Iterable[LabelledImage],
    queries: Iterable[LabelledImage],
    *,
    notes: Sequence[str] = (),
) -> LabelledSet:
    """Check that something can be measured and leave out queries that have nothing to find.

    Args:
        name: where it comes from, for messages and reports.
        gallery: in any order.
        queries: in any order.
        notes: what a reader has left out already.

    Raises:
        EvaluationError: no gallery, no queries, a single label in the gallery (everything would
            be right), or no label in common.
    """
    gallery, queries = tuple(gallery), tuple(queries)
    for role, images in (("gallery", gallery), ("query", queries)):
        if not images:
            raise EvaluationError(f"{name}: no {role} picture; give at least one")
    labels = _labels(gallery)
    if len(labels) == 1:
        raise EvaluationError(
            f'{name}: the gallery has the single label "{labels[0]}", so that every answer is'
            " right; give pictures of at least two labels"
        )
    relevant = rows_by_label(
        [image.labels for image in queries], [image.labels for image in gallery]
    )
    answerable = [
        query
        for query, rows, own in zip(queries, relevant, _same_skip(queries, gallery), strict=True)
        if len(np.setdiff1d(rows, own))
    ]
    if not answerable:
        raise EvaluationError(_nothing_in_common(name, gallery, queries))
    left_out = len(queries) - len(answerable)
    if left_out:
        kept = {id(query) for query in answerable}
        first = next(query for query in queries if id(query) not in kept)
        sentence = (
            f"{left_out} queries have nothing right in the gallery and are left out;"
            f" the first is {first.path.name} ({_some(sorted(first.labels))})"
        )
        notes = (*notes, sentence)
    return LabelledSet(name, gallery, tuple(answerable), tuple(notes))


def _same_skip(queries: Sequence[LabelledImage], gallery: Sequence[LabelledImage]) -> list[Rows]:
    return rows_by_label(
        [frozenset() if image.skip is None else {image.skip} for image in queries],
        [frozenset() if image.skip is None else {image.skip} for image in gallery],
    )


def _labels(images: Iterable[LabelledImage]) -> list[str]:
    return sorted(frozenset().union(*(image.labels for image in images)))


def _nothing_in_common(
    name: str, gallery: Sequence[LabelledImage], queries: Sequence[LabelledImage]
) -> str:
    theirs, ours = _labels(queries), _labels(gallery)
    if not set(theirs) & set(ours):
        return (
            f"{name}: queries and gallery have no label in common (queries: {_some(theirs)};"
            f" gallery: {_some(ours)}); write the labels of both alike"
        )
    return (
        f"{name}: no label has two pictures, so that no query could find another one;"
        " give several pictures of one label"
    )


def _some(labels: Sequence[str]) -> str:
    more = len(labels) - _LABELS_SHOWN
    return ", ".join(labels[:_LABELS_SHOWN]) + (f" and {more} more" if more > 0 else "")

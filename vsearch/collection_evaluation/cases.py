"""Single queries with their pictures: what was asked, what came, what should have come."""

from __future__ import annotations

from dataclasses import dataclass

from vsearch.collection_evaluation.measured import Evaluation, Measured
from vsearch.layout import Layout
from vsearch.searching.pictures import product_thumbnail, thumbnail
from vsearch.searching.query import MAX_K
from vsearch.searching.result import Hit

_CAME = 5
_WANTED = 2


@dataclass(frozen=True, slots=True)
class ShownProduct:
    """A product with the view of it that is nearest to the query."""

    sku: str
    title: str

    rank: int | None
    """In the answer; None where it isn't among the first 10,000."""

    score: float | None

    picture: str | None
    """A data URI; None where there is none to show."""

    is_right: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """One setting's answer to a query."""

    name: str
    """Of the setting."""

    came: tuple[ShownProduct, ...]
    """Its first few hits."""

    wanted: tuple[ShownProduct, ...]
    """The right products that it places highest, however far down."""


@dataclass(frozen=True, slots=True)
class Case:
    """One query."""

    name: str
    group: str

    picture: str | None
    """A data URI of the query."""

    strips: tuple[Strip, ...]
    """For each setting its answer."""


def worst_queries(evaluation: Evaluation, most: int) -> list[int]:
    """The queries whose first hit is wrong for every setting, the worst first.

    The further down the right product the worse; beside that, the surer a wrong first hit, the
    worse.
    """
    missed = []
    for query in range(len(evaluation.queries)):
        places = [one.first_right(query) or evaluation.depth + 1 for one in evaluation.measured]
        if min(places) > 1:
            answers = [one.answers[query] for one in evaluation.measured]
            sure = max((float(answer.scores[0]) for answer in answers if answer.skus), default=0.0)
            missed.append((-min(places), -sure, query))
    return [query for _, _, query in sorted(missed)[:most]]


def most_different_queries(evaluation: Evaluation, most: int) -> list[int]:
    """The queries on which two settings differ most in one over the right product's place."""
    first, second = evaluation.measured
    differences = []
    for query in range(len(evaluation.queries)):
        here, there = (one.first_right(query) for one in (first, second))
        gap = abs((1 / here if here else 0.0) - (1 / there if there else 0.0))
        if gap:
            differences.append((-gap, query))
    return [query for _, query in sorted(differences)[:most]]


class CaseMaker:
    """Looks up what a case shows; each product's picture is read once."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._pictures: dict[str, str | None] = {}

    def make(self, query: int) -> Case:
        """Ask the query once more, as deep as it goes, and read the pictures.

        Raises:
            ImageRejected: the query's picture can't be read any more.
        """
        asked = self._evaluation.queries[query]
        strips = tuple(self._strip(one, query) for one in self._evaluation.measured)
        settings = self._evaluation.measured[0].setting.settings
        return Case(
            name=asked.name,
            group=self._evaluation.groups[query],
            picture=thumbnail(asked.path, max_pixels=settings.max_pixels),
            strips=strips,
        )

    def _strip(self, one: Measured, query: int) -> Strip:
        right, path = one.right[query], self._evaluation.queries[query].path
        came = one.answers[query].first[:_CAME]
        every = one.setting.ask(path, min(MAX_K, max(one.products, 1)))
        found = [hit for hit in every if hit.sku in right][:_WANTED]
        wanted = [self._product(one, hit, is_right=True) for hit in found]
        if not wanted:
            wanted = [_not_found(one, sku) for sku in sorted(right)[:1]]
        return Strip(
            name=one.setting.name,
            came=tuple(self._product(one, hit, is_right=hit.sku in right) for hit in came),
            wanted=tuple(wanted),
        )

    def _product(self, one: Measured, hit: Hit, *, is_right: bool) -> ShownProduct:
        return ShownProduct(
            sku=hit.sku,
            title=hit.title,
            rank=hit.rank,
            score=hit.score,
            picture=self._picture(one, hit),
            is_right=is_right,
        )

    def _picture(self, one: Measured, hit: Hit) -> str | None:
        if hit.content_hash not in self._pictures:
            self._pictures[hit.content_hash] = product_thumbnail(
                hit.image,
                hit.content_hash,
                Layout(one.setting.collection.folder).downloads,
                max_pixels=one.setting.settings.max_pixels,
            )
        return self._pictures[hit.content_hash]


def _not_found(one: Measured, sku: str) -> ShownProduct:
    title = one.setting.collection.product(sku).title
    return ShownProduct(sku, title, rank=None, score=None, picture=None, is_right=True)

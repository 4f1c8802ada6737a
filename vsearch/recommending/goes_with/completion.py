"""Answers what goes with some products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log
from typing import Self

import numpy as np
import numpy.typing as npt

from vsearch.behaviour.behaviour import Behaviour
from vsearch.index.manifest import Manifest
from vsearch.recommending.asked import GoesWith
from vsearch.recommending.goes_with.assortment import NONE, Codes
from vsearch.recommending.goes_with.blend import Beside, Blended, blend
from vsearch.recommending.goes_with.model import GoesWithModel
from vsearch.recommending.goes_with.selection import Selection
from vsearch.recommending.goes_with.standing import (
    CurrentPopularity,
    CurrentStanding,
    Readings,
    Standing,
)
from vsearch.recommending.goes_with.style import Styled
from vsearch.recommending.recommended import Basis, Recommendations, Recommended
from vsearch.recommending.similar import all_of
from vsearch.recommending.support import why_none
from vsearch.searching.reading import Reading

#: From here on baskets make a product more than twice as likely as the opinion has it.
_MOSTLY_BASKETS = log(2)

#: Without a model at most this share of an answer is of one category, where others are to be
#: had: a shelf of one kind completes nothing.
_STYLE_SHARE = 0.25

Models = Callable[[Manifest], GoesWithModel | None]


class Completion:
    """Answers for one collection. Safe to share between threads."""

    def __init__(self, readings: Readings, models: Models) -> None:
        """Prepare; the first question reads the whole catalogue.

        Args:
            readings: opens the collection for one reading.
            models: gives what was learned for a manifest's encoder, if anything.
        """
        self._readings = readings
        self._models = models
        self._standing = CurrentStanding(readings)
        self._popularity = CurrentPopularity()

    def with_model(self, model: GoesWithModel | None) -> Self:
        """The same with a model of one's own, or none."""
        return type(self)(self._readings, lambda _manifest: model)

    def complete(self, reading: Reading, behaviour: Behaviour, asked: GoesWith) -> Recommendations:
        """What goes with some products; see ``Recommender.complete``."""
        skus = tuple(dict.fromkeys(asked.skus))
        known = reading.ids_of(skus)
        unknown = tuple(sku for sku in skus if sku not in known)
        if not known:
            reason = "the collection has none of the products that ask"
            return Recommendations((), unknown=unknown, why_nothing=reason)
        present = [sku for sku in skus if sku in known]
        standing = self._standing.get(reading, self._models(reading.manifest), present)
        popularity = self._popularity.get(standing.assortment, behaviour)
        question = _Question.of(standing, present, behaviour, popularity)
        usual = 0 if standing.model is not None else max(1, round(_STYLE_SHARE * asked.k))
        selection = Selection(
            reading,
            standing.assortment,
            k=asked.k,
            where=all_of(asked.where, "available" if asked.in_stock else ""),
            each_category=asked.each_category or usual,
            is_strict=asked.each_category > 0,
            boosts=asked.boosts,
        )
        hits = selection.best(question.blended.scores)
        rows = np.searchsorted(standing.assortment.ids, [hit.product_id for hit in hits]).tolist()
        return Recommendations(
            tuple(
                Recommended(hit, *question.reason(row)) for hit, row in zip(hits, rows, strict=True)
            ),
            unknown=unknown,
            why_nothing=None if hits else question.why_nothing(selection.where),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """Asking products, with the scores of all."""

    standing: Standing
    asked: Codes
    """(q,) rows."""
    beside: Beside
    blended: Blended
    is_known: npt.NDArray[np.bool_]
    """(n,) what there is an opinion of; of the others only baskets speak."""

    @classmethod
    def of(
        cls,
        standing: Standing,
        skus: list[str],
        behaviour: Behaviour,
        popularity: npt.NDArray[np.float32],
    ) -> Self:
        goods, opinion = standing.assortment, standing.opinion
        asked = goods.rows(skus)
        asked = asked[asked != NONE]
        beside = Beside.of(behaviour, goods, asked)
        is_known = np.ones(len(goods), np.bool_)
        if isinstance(opinion, Styled):
            is_known = opinion.may_complete(asked)
        is_answer = is_known.copy()
        # Baskets may teach otherwise.
        is_answer[beside.rows] = True
        is_answer &= ~np.isin(goods.groups, goods.groups[asked])
        opinions = opinion.opinions(asked, popularity)
        return cls(
            standing,
            asked,
            beside,
            blend(opinions, beside, len(asked), standing.trust, is_answer),
            is_known,
        )

    def reason(self, row: int) -> tuple[Basis, tuple[str, ...]]:
        """Why a product is an answer, and the SKUs of those that speak for it."""
        if self.blended.from_baskets[row] > _MOSTLY_BASKETS or not self.is_known[row]:
            here = self.beside.rows == row
            asking, amount = self.beside.asking[here], self.beside.baskets[here]
            return Basis.TOGETHER, self._skus(asking[np.argsort(-amount, kind="stable")])
        support = self.standing.opinion.supports(self.asked, row)
        order = np.argsort(-support, kind="stable")
        # Those that speak for it at least as much as the asking products do on the whole.
        speaking = order[support[order] >= support.mean() - 1e-6]
        return self.standing.basis, self._skus(speaking)

    def why_nothing(self, where: str) -> str:
        """The reason why there is no answer, for people."""
        if len(self.standing.assortment) <= len(self.asked):
            return why_none("", "no other product")
        opinion = self.standing.opinion
        if np.isfinite(self.blended.scores).any():
            return why_none(where, "nothing that goes with it")
        if not isinstance(opinion, Styled):
            return why_none("", "nothing but variants of it")
        if not opinion.has_style[self.asked].any():
            return "it has no picture, and nothing was learned from baskets"
        return "no product of another category has a picture, and nothing was learned from baskets"

    def _skus(self, places: Codes) -> tuple[str, ...]:
        skus = self.standing.assortment.skus
        return tuple(skus[row] for row in self.asked[places].tolist())

"""An opinion of what goes with what, and the baskets that there are: the latter count the more
the more there are of them.

Each asking product has seen others beside it in baskets. The opinion stands for some further
baskets (Dirichlet smoothing; Zhai and Lafferty, "A Study of Smoothing Methods for Language
Models", 2004); over several asking products the logarithms are averaged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from vsearch.behaviour.behaviour import Behaviour
from vsearch.recommending.goes_with.assortment import NONE, Assortment, Codes

Array = npt.NDArray[np.float32]

#: No product is less likely than this, or one basket would outweigh any opinion.
_LEAST = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """What (q,) asking products have seen beside them in baskets: m counts above 0."""

    asking: Codes
    """(m,) places among the asking products."""
    rows: Codes
    """(m,) of the products that were beside them, never the asking one itself."""
    baskets: Array
    """(m,) in how many."""

    @classmethod
    def of(cls, behaviour: Behaviour, assortment: Assortment, asked: Codes) -> Self:
        """Take it from what the events say; products that have left are passed over.

        Args:
            behaviour: what the events say.
            assortment: n products.
            asked: (q,) rows of the asking products.
        """
        numbers = behaviour.numbers(assortment.skus[row] for row in asked.tolist())
        known = np.flatnonzero(numbers >= 0)
        found = behaviour.in_basket.rows(numbers[known]).tocoo()
        rows = assortment.rows(behaviour.skus[number] for number in found.col.tolist())
        asking = known[found.row]
        kept = (rows != NONE) & (rows != asked[asking])
        return cls(asking[kept], rows[kept], found.data[kept])

    @classmethod
    def among(cls, counts: sparse.csr_array, asked: Codes) -> Self:
        """Take it from (n, n) counts by row whose diagonal is empty."""
        found = counts[asked].tocoo()
        return cls(found.row.astype(np.int64), found.col.astype(np.int64), found.data)


@dataclass(frozen=True, slots=True, eq=False)
class Blended:
    """How well products go with the asking ones, all things taken together."""

    scores: Array
    """(n,) natural logarithms of odds up to a constant; -inf for what is no answer."""
    from_baskets: Array
    """(n,) what of a score baskets have added to the opinion."""


def blend(
    opinions: Array, beside: Beside, asking: int, trust: float, is_answer: npt.NDArray[np.bool_]
) -> Blended:
    """Put an opinion and the counts together.

    Args:
        opinions: (n,) logarithms of odds.
        beside: what was beside the asking products.
        asking: how many of these there are.
        trust: how many baskets the opinion is worth.
        is_answer: (n,) which products may be answered.
    """
    scores = np.where(is_answer, opinions, -np.inf).astype(np.float32)
    if not is_answer.any():
        return Blended(scores, np.zeros_like(scores))
    scores -= scores.max()
    scores -= np.log(np.exp(scores).sum())
    added = np.zeros_like(scores)
    likely = np.maximum(np.exp(scores[beside.rows]), _LEAST)
    np.add.at(added, beside.rows, np.log1p(beside.baskets / (trust * likely)) / asking)
    return Blended(scores + added, added)

"""What goes with what where nothing was learned: the same style, in other categories.

The style of a product is what its picture shows beside what all products of its category show:
its embedding less the category's mean. A mean over few products is drawn towards that of the
next wider category, or a single product would have no style.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from vsearch.encoder.interface import Embeddings
from vsearch.encoder.unit_length import unit_length
from vsearch.recommending.goes_with.assortment import NONE, Assortment, Codes

Array = npt.NDArray[np.float32]

#: A mean over so many products counts as much as that of the wider category.
_SHRINKAGE = 3.0

#: Main directions that are kept; the others are mostly what makes each product itself.
_DIRECTIONS = 64

#: What a product of the same widest category has ahead: shoes rather go with a coat than with a
#: lamp. About as much as the most similar styles of unlike products differ from the usual ones.
_NEAR = 0.3

#: Cosines are divided by it to make logarithms of odds: the best are some 100 times likelier
#: than the usual.
_TEMPERATURE = 0.1

#: Logarithm of how much less likely a product of an asking one's own category is than any other.
_SAME_CATEGORY = 5.0


@dataclass(frozen=True, eq=False)
class Styled:
    """The style of every product."""

    assortment: Assortment
    styles: Array
    """(n, s) float32, L2-normalised; zeros for a product without a picture."""
    has_style: npt.NDArray[np.bool_]
    """(n,) whether it isn't zeros."""

    #: How many baskets with the asking products the rule's opinion is worth.
    trust = 5.0

    @classmethod
    def of(cls, assortment: Assortment, looks: Callable[[], Iterable[Embeddings]]) -> Self:
        """Work out the styles of all products.

        Args:
            assortment: n products.
            looks: gives (n, dim) float32, some rows at a time; is called twice.
        """
        levels = assortment.levels
        names = len(assortment.category_names)
        sums: npt.NDArray[np.float64] | None = None
        counts = np.zeros(names + 1)
        scatter = np.zeros((0, 0))
        start = 0
        for some in looks():
            if sums is None:
                sums = np.zeros((names + 1, some.shape[1]))
                scatter = np.zeros((some.shape[1], some.shape[1]))
            is_seen = _is_seen(some)
            own_levels = levels[start : start + len(some)]
            # The last place stands for all products together.
            every = np.column_stack([own_levels, np.full(len(some), names)])
            row, level = np.nonzero((every != NONE) & is_seen[:, None])
            inside = sparse.csr_array(
                (np.ones(len(row), np.float32), (every[row, level], row)),
                shape=(names + 1, len(some)),
            )
            sums += inside @ some
            counts += inside.sum(axis=1)
            scatter += some.T @ some
            start += len(some)
        if sums is None:
            return cls(assortment, np.zeros((0, 1), np.float32), np.zeros(0, np.bool_))
        means = _means(assortment, sums, counts)
        own = np.where(assortment.categories == NONE, names, assortment.categories)
        sizes = np.bincount(own, minlength=names + 1)
        scatter -= (means * sizes[:, None]).T @ means
        _, axes = np.linalg.eigh(scatter)
        main = axes[:, ::-1][:, :_DIRECTIONS].astype(np.float32)
        of_means = (means @ main).astype(np.float32)
        styles = np.empty((len(assortment), main.shape[1]), np.float32)
        start = 0
        for some in looks():
            rows = slice(start, start + len(some))
            apart = some @ main - of_means[own[rows]]
            styles[rows] = unit_length(np.where(_is_seen(some)[:, None], apart, 0))
            start += len(some)
        return cls(assortment, styles, _is_seen(styles))

    def opinions(self, asked: Codes, _popularity: Array) -> Array:
        """How well each product goes with some, as logarithms of odds up to a constant.

        Args:
            asked: (q,) rows of the asking products, q ≥ 1.

        Returns:
            (n,) float32.
        """
        goods = self.assortment
        cosines: Array = self.styles @ self.styles[asked].mean(axis=0)
        if goods.levels.shape[1]:
            widest = goods.levels[:, 0]
            cosines += np.float32(_NEAR) * np.isin(widest, widest[asked])
        scores: Array = cosines / np.float32(_TEMPERATURE)
        scores[~self.may_complete(asked)] -= np.float32(_SAME_CATEGORY)
        return scores

    def supports(self, asked: Codes, row: int) -> Array:
        """(q,) how much each of some products speaks for another."""
        cosines: Array = self.styles[asked] @ self.styles[row]
        return cosines

    def may_complete(self, asked: Codes) -> npt.NDArray[np.bool_]:
        """(n,) which products can be told to go with others by their style at all."""
        categories = self.assortment.categories
        # A product without a category might be of any: even of an asking one's.
        fits: npt.NDArray[np.bool_] = (categories != NONE) & ~np.isin(categories, categories[asked])
        return fits & self.has_style & bool(self.has_style[asked].any())


def _is_seen(rows: Array) -> npt.NDArray[np.bool_]:
    """(n,) which rows aren't all zeros."""
    seen: npt.NDArray[np.bool_] = np.logical_or.reduce(rows != 0, axis=1)
    return seen


def _means(
    assortment: Assortment, sums: npt.NDArray[np.float64], counts: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """(names + 1, dim) of each category; the last of all products."""
    names = len(assortment.category_names)
    means = np.zeros_like(sums)
    means[names] = sums[names] / max(1.0, counts[names])
    levels = assortment.levels
    for level in range(levels.shape[1]):
        _, first = np.unique(levels[:, level], return_index=True)
        for row in first[levels[first, level] != NONE].tolist():
            own = levels[row, level]
            wider = levels[row, level - 1] if level else names
            means[own] = (sums[own] + _SHRINKAGE * means[wider]) / (counts[own] + _SHRINKAGE)
    return means

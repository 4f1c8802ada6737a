"""A light model of what goes with what: embeddings stay as they are, two maps of them learn.

A product has a place as one that asks and a place as one that is offered, each a linear map of
what it looks like plus a vector of every category that it is in, from the widest down. How well
an offered product goes with asking ones is the inner product of its place with the mean of
theirs, and a little of what is the same about them and not: category, brand, price. Two places
make it one-sided, as it should be: a case goes with a phone, and hardly a phone with a case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from vsearch.encoder.interface import Embeddings
from vsearch.recommending.goes_with.assortment import NONE, Assortment, Codes

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Matching:
    """What is added for what asking and offered products have in common."""

    category: float
    """For the share of the asking products that are of the very same category."""
    brand: float
    price: float
    """For each factor e between its price and the geometric mean of theirs."""
    popularity: float
    """Times the logarithm of how often it is put into baskets."""


@dataclass(frozen=True, eq=False)
class GoesWithModel:
    """What was learned from baskets. NumPy alone: it needs no torch."""

    encoder: str
    """The fingerprint of the encoder whose embeddings it takes."""
    categories: tuple[str, ...]
    """c paths; a category that isn't among them counts as the widest one above it that is."""
    centre: Array
    """(dim,) what all products look like, taken away first."""
    asking: Array
    """(dim + c, d) the place of a product that asks."""
    offered: Array
    """(dim + c, d) the place of one that is offered."""
    bias: Array
    """(dim + c,) how readily a product is put into a basket whatever is in it."""
    matching: Matching
    trust: float = 30.0
    """How many baskets with the asking products the model's opinion is worth, beside those
    that there are."""
    record: Mapping[str, Any] = field(default_factory=dict)
    """What it was learned from, and how it did on what was held out."""

    @property
    def dim(self) -> int:
        """Length of an embedding."""
        return len(self.centre)

    def placed(self, assortment: Assortment, looks: Iterable[Embeddings]) -> Placed:
        """Work out the places of all products of an assortment.

        Args:
            assortment: n products.
            looks: (n, dim) float32, some rows at a time, L2-normalised; zeros for a product
                that has no picture.
        """
        levels = self.levels(assortment)
        size = self.asking.shape[1]
        asking, offered = (np.empty((len(assortment), size), np.float32) for _ in range(2))
        bias = np.empty(len(assortment), np.float32)
        start = 0
        for some in looks:
            rows = slice(start, start + len(some))
            for weight, out in (
                (self.asking, asking),
                (self.offered, offered),
                (self.bias[:, None], bias[:, None]),
            ):
                out[rows] = self._mapped(weight, some, levels[rows])
            start += len(some)
        return Placed(self, assortment, asking, offered, bias)

    def levels(self, assortment: Assortment) -> Codes:
        """(n, depth) the model's number of each category of each product, or ``NONE``."""
        known = {name: number for number, name in enumerate(self.categories)}
        numbers = [known.get(name, NONE) for name in assortment.category_names]
        return np.array([*numbers, NONE], np.int64)[assortment.levels]

    def _mapped(self, weight: Array, looks: Embeddings, levels: Codes) -> Array:
        of_looks, of_categories = weight[: self.dim], weight[self.dim :]
        # Without a picture a product looks like the mean.
        is_seen = looks.any(axis=1, keepdims=True)
        mapped: Array = np.where(is_seen, looks - self.centre, 0) @ of_looks
        padded = np.concatenate([of_categories, np.zeros_like(of_looks[:1])])
        for level in range(levels.shape[1]):
            mapped += padded[levels[:, level]]
        return mapped


@dataclass(frozen=True, eq=False)
class Placed:
    """A model beside the products of one catalogue."""

    model: GoesWithModel
    assortment: Assortment
    asking: Array
    """(n, d)"""
    offered: Array
    """(n, d)"""
    bias: Array
    """(n,)"""

    def opinions(self, asked: Codes, popularity: Array) -> Array:
        """How well each product goes with some, as logarithms of odds up to a constant.

        Args:
            asked: (q,) rows of the asking products, q ≥ 1.
            popularity: (n,) logarithms; see ``log_popularity``.

        Returns:
            (n,) float32.
        """
        matching = self.model.matching
        scores: Array = self.offered @ self.asking[asked].mean(axis=0)
        scores += self.bias
        scores += np.float32(matching.popularity) * popularity
        goods = self.assortment
        for weight, codes in (
            (matching.category, goods.categories),
            (matching.brand, goods.brands),
        ):
            scores += np.float32(weight) * share_alike(codes, asked)
        scores += np.float32(matching.price) * price_gap(goods.prices, asked)
        return scores

    def supports(self, asked: Codes, row: int) -> Array:
        """(q,) how much each of some products speaks for another."""
        own: Array = self.asking[asked] @ self.offered[row]
        return own


def share_alike(codes: Codes, asked: Codes) -> Array:
    """(n,) with which share of the asking products each one has its code in common."""
    alike = np.zeros(len(codes), np.float32)
    for code in codes[asked].tolist():
        if code != NONE:
            alike += codes == code
    return alike / np.float32(len(asked))


def price_gap(prices: Array, asked: Codes) -> Array:
    """(n,) how far log prices are from the asking ones' mean; 0 where one of the two is unknown."""
    known = prices[asked]
    known = known[~np.isnan(known)]
    if not len(known):
        return np.zeros(len(prices), np.float32)
    gaps: Array = np.nan_to_num(np.abs(prices - known.mean()))
    return gaps


def log_popularity(counts: npt.NDArray[np.floating[Any]], assortment: Assortment) -> Array:
    """(n,) logarithms of how often products are put into baskets, smoothed.

    One that never was may only be new: it counts as half of what is usual in its category.

    Args:
        counts: (n,) how many baskets each is in.
        assortment: the n products.
    """
    places = assortment.categories + 1
    total = np.bincount(places, counts)
    usual = total / np.maximum(1, np.bincount(places))
    smoothed: Array = np.log(counts + 0.5 * usual[places] + 0.1).astype(np.float32)
    return smoothed

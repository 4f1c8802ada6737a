"""Which products shoppers met in one session and that are alike: what behaviour says of looks.

Shoppers who look for one thing meet several of its kind. What completes a thing is met beside it
as well, and must not come to look like it: only products of one category, or that look alike
already, count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from vsearch.behaviour.baskets import Baskets
from vsearch.encoder.interface import Embeddings
from vsearch.events.columns import EventColumns
from vsearch.events.event import EventKind
from vsearch.training.catalogue import Catalogue

#: Two products look alike where they are nearer than all but this share of any two.
_ALIKE = 0.05
_DRAWN = 20_000

#: A pair that fewer sessions have met may be chance.
_FEWEST_SESSIONS = 2
#: Pairs are damped as if each product had been met apart so many times more.
_SHRINKAGE = 5.0

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Shown:
    """Products by what they look like; a product is its first picture."""

    categories: Numbers
    """(n,) the same number for the same category; -1 without one."""
    rows: Numbers
    """(n,) of its first picture in the catalogue's; -1 without one."""
    embeddings: Embeddings
    """(m, dim) float32, L2-normalised, of the catalogue's pictures, as they are searched now."""
    alike_from: float
    """The cosine similarity from which two products look alike."""

    @classmethod
    def of(cls, catalogue: Catalogue, embeddings: Embeddings, seed: int) -> Self:
        """Look at a catalogue.

        Args:
            catalogue: as it was read.
            embeddings: (m, dim) of its pictures, as they are searched now.
            seed: of the pairs that say what is alike.
        """
        numbers: dict[tuple[str, ...], int] = {}
        categories = [
            numbers.setdefault(product.category, len(numbers)) if product.category else -1
            for product in catalogue.products
        ]
        rows = np.full(len(catalogue.products), -1, np.int64)
        owners, first = np.unique(catalogue.product_of, return_index=True)
        rows[owners] = first
        one, other = np.random.default_rng(seed).choice(first, (2, _DRAWN))
        cosines = (embeddings[one] * embeddings[other]).sum(axis=1)[one != other]
        alike_from = float(np.quantile(cosines, 1 - _ALIKE)) if len(cosines) else 1.0
        return cls(np.array(categories, np.int64), rows, embeddings, alike_from)

    def are_alike(self, one: Numbers, other: Numbers) -> npt.NDArray[np.bool_]:
        """(p,) whether two products are of one category, or look alike."""
        same = (self.categories[one] == self.categories[other]) & (self.categories[one] >= 0)
        cosines = (self.embeddings[self.rows[one]] * self.embeddings[self.rows[other]]).sum(axis=1)
        alike: npt.NDArray[np.bool_] = same | (cosines >= self.alike_from)
        return alike


@dataclass(frozen=True, eq=False)
class Meetings:
    """Pairs of products that are alike and were met in one session."""

    one: Numbers
    """(p,) places of products in the catalogue."""
    other: Numbers
    """(p,) a higher place."""
    weights: npt.NDArray[np.float32]
    """(p,) how much they go along, above 0 to 1."""

    @classmethod
    def of(cls, sessions: Sequence[Numbers], shown: Shown, *, surely: bool) -> Self:
        """Count sessions.

        Args:
            sessions: the places of the products of each.
            shown: what they look like.
            surely: whether only pairs count that several sessions have met, and more than
                chance would have it.
        """
        size = (len(sessions), len(shown.rows))
        items = np.concatenate([*sessions, np.empty(0, np.int64)])
        numbers = np.repeat(np.arange(len(sessions)), [len(one) for one in sessions])
        met = sparse.csr_array((np.ones(len(items), np.float32), (numbers, items)), shape=size)
        pairs = sparse.triu((met.T @ met).tocoo(), 1).tocoo()
        single = np.bincount(items, minlength=size[1])
        one, other = pairs.row.astype(np.int64), pairs.col.astype(np.int64)
        chance = single[one] * single[other] / max(1, len(sessions))
        kept = shown.are_alike(one, other)
        if surely:
            kept &= (pairs.data >= _FEWEST_SESSIONS) & (pairs.data > chance)
        weights = pairs.data / (np.sqrt(single[one] * single[other]) + _SHRINKAGE)
        return cls(one[kept], other[kept], weights[kept].astype(np.float32))

    def without(self, known: Self) -> Self:
        """Those pairs that others don't have."""
        most = int(max(self.other.max(initial=0), known.other.max(initial=0))) + 1
        new = ~np.isin(self.one * most + self.other, known.one * most + known.other)
        return type(self)(self.one[new], self.other[new], self.weights[new])

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.one)


def sessions_of(
    events: Iterable[EventColumns], catalogue: Catalogue, shown: Shown
) -> list[Numbers]:
    """What each session met of the products with a picture, two at least, the oldest first.

    Where events have no session: what a user met on one day.
    """
    sessions = Baskets.of(events, kinds=tuple(EventKind))
    places = {product.sku: place for place, product in enumerate(catalogue.products)}
    place_of = np.array([places.get(sku, -1) for sku in sessions.skus], np.int64)
    if len(place_of):
        place_of[shown.rows[place_of] < 0] = -1
    usable = []
    for number in np.argsort(sessions.moments, kind="stable").tolist():
        own = place_of[sessions.items[sessions.starts[number] : sessions.starts[number + 1]]]
        own = own[own >= 0]
        if len(own) > 1:
            usable.append(own)
    return usable

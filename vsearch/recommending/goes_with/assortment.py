"""Every product as the judgement of what goes with what sees it, a column at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from vsearch.catalog.product_table import ProductTable
from vsearch.catalog.schema import CATEGORY_SEPARATOR
from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.encoder.interface import Embeddings
from vsearch.encoder.unit_length import unit_length

#: Stands where a product has no category, brand, or further level of its category.
NONE = -1

#: Products whose embeddings are in memory at a time.
_CHUNK = 50_000

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Assortment:
    """n products, by ascending id."""

    ids: Codes
    """(n,) in the catalogue."""
    skus: tuple[str, ...]
    category_names: tuple[str, ...]
    """Every category and every one above it, as a path: ``Shoes``, ``Shoes > Boots``."""
    levels: Codes
    """(n, depth) the categories of each product from the widest down; ``NONE`` past its last."""
    brands: Codes
    """(n,) the same number for the same brand; ``NONE`` without one."""
    groups: Codes
    """(n,) the same number for the variants of one product."""
    prices: npt.NDArray[np.float32]
    """(n,) natural logarithms; NaN without a price."""

    @classmethod
    def of(cls, table: ProductTable) -> Self:
        """Number what the catalogue says of its products."""
        numbers: dict[str, int] = {}
        own = _codes(table.categories)
        paths = [
            _path(category, numbers) for category in dict.fromkeys(filter(None, table.categories))
        ]
        depth = max(map(len, paths), default=0)
        # The last row is of products without a category.
        levels = np.full((len(paths) + 1, depth), NONE, np.int64)
        for code, path in enumerate(paths):
            levels[code, : len(path)] = path
        prices = np.full(len(table), np.nan, np.float32)
        is_priced = np.nan_to_num(table.prices) > 0
        prices[is_priced] = np.log(table.prices[is_priced])
        return cls(
            ids=table.ids,
            skus=table.skus,
            category_names=tuple(numbers),
            levels=levels[own],
            brands=_codes(table.brands),
            groups=_codes(
                # No SKU begins like that: it wouldn't be printable.
                (group and f"\n{group}") or sku
                for group, sku in zip(table.item_groups, table.skus, strict=True)
            ),
            prices=prices,
        )

    def __len__(self) -> int:
        """How many products."""
        return len(self.ids)

    @cached_property
    def categories(self) -> Codes:
        """(n,) the category of each product to its last level; ``NONE`` without one."""
        if not self.levels.shape[1]:
            return np.full(len(self), NONE, np.int64)
        last = (self.levels != NONE).sum(axis=1) - 1
        return np.where(last < 0, NONE, self.levels[np.arange(len(self)), last])

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each SKU."""
        return {sku: row for row, sku in enumerate(self.skus)}

    def rows(self, skus: Iterable[str]) -> Codes:
        """(q,) the rows of products; ``NONE`` for one that isn't there."""
        return np.array([self.row_of.get(sku, NONE) for sku in skus], np.int64)


def looks(table: ProductTable, stored: CollectionEmbeddings) -> Iterator[Embeddings]:
    """What the products of a table look like, some at a time, in the table's order.

    Yields:
        (m, dim) float32: the mean over each product's pictures, L2-normalised; zeros for a
        product without an embedding.
    """
    for start in range(0, len(table), _CHUNK):
        end = min(start + _CHUNK, len(table))
        first, last = np.searchsorted(table.image_rows, (start, end)).tolist()
        hashes = table.content_hashes[first:last]
        owners = table.image_rows[first:last] - start
        lost = set(stored.missing(hashes))
        if lost:
            kept = [place for place, one in enumerate(hashes) if one not in lost]
            hashes, owners = tuple(hashes[place] for place in kept), owners[kept]
        found = stored.get(hashes)
        sums = np.zeros((end - start, found.shape[1]), np.float32)
        if len(owners):
            owned, starts = np.unique(owners, return_index=True)
            sums[owned] = np.add.reduceat(found, starts, axis=0)
        yield unit_length(sums)


def _path(category: str, numbers: dict[str, int]) -> list[int]:
    parts = category.split(CATEGORY_SEPARATOR)
    names = (CATEGORY_SEPARATOR.join(parts[: end + 1]) for end in range(len(parts)))
    return [numbers.setdefault(name, len(numbers)) for name in names]


def _codes(values: Iterable[str]) -> Codes:
    numbers = {"": NONE}
    # Empty ones have the first place.
    return np.array([numbers.setdefault(value, len(numbers) - 1) for value in values], np.int64)

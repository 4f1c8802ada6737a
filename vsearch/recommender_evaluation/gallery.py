"""The products that are ranked, as far as an evaluation looks at them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from vsearch.collection import Collection

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Gallery:
    """n products, in the order in which they were added."""

    skus: tuple[str, ...]
    groups: Rows
    """(n,) the same number for the variants of one product."""
    categories: Rows
    """(n,) the same number for products of one category, to its last level."""
    sections: Rows
    """(n,) the same number for products of one category at its first level."""
    embeddings: npt.NDArray[np.float32]
    """(n, dim) the mean over a product's pictures, L2-normalised; zeros without a picture."""

    @classmethod
    def of(cls, collection: Collection) -> Self:
        """Read a collection's products."""
        skus, groups, categories, embeddings = [], [], [], []
        for one in collection.export(embeddings=True):
            product, views = one.product, one.embeddings
            skus.append(product.sku)
            groups.append(("group", product.item_group) if product.item_group else product.sku)
            categories.append(product.category)
            is_seen = views is not None and len(views) > 0
            embeddings.append(views.mean(axis=0) if views is not None and is_seen else None)
        dim = next((len(one) for one in embeddings if one is not None), 0)
        means = np.zeros((len(skus), dim))
        for row, mean in enumerate(embeddings):
            if mean is not None:
                means[row] = mean
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        unit = np.divide(means, lengths, out=np.zeros_like(means), where=lengths > 0)
        return cls(
            tuple(skus),
            _numbers(groups),
            _numbers(categories),
            _numbers(category[:1] for category in categories),
            unit.astype(np.float32),
        )

    def __len__(self) -> int:
        """How many products."""
        return len(self.skus)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each SKU."""
        return {sku: row for row, sku in enumerate(self.skus)}

    def rows(self, skus: Iterable[str]) -> Rows:
        """The rows of those SKUs that are known, in their order."""
        found = (self.row_of.get(sku) for sku in skus)
        return np.array([row for row in found if row is not None], np.int64)

    def with_variants(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """(n,) whether a product is one of these, or a variant of one."""
        return np.isin(self.groups, self.groups[rows])


def _numbers(values: Iterable[object]) -> Rows:
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(value, len(numbers)) for value in values], np.int64)

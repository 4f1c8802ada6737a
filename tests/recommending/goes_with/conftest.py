"""A shop whose baskets follow a rule that is known: what shoes go with, and what doesn't."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from vsearch.catalog.product_table import ProductTable
from vsearch.recommending.goes_with.assortment import Assortment

DIM = 12
CATEGORIES = ("Clothes > Coats", "Clothes > Shoes", "House > Lamps", "House > Chairs")
STYLES = 3
EACH = 8


@dataclass(frozen=True, eq=False)
class MadeUp:
    """Products of four categories in three styles; coats call for shoes, lamps for chairs."""

    assortment: Assortment
    looks: npt.NDArray[np.float32]
    styles: npt.NDArray[np.int64]

    def baskets(self, number: int, seed: int = 0) -> list[npt.NDArray[np.int64]]:
        """A coat with shoes of its style, or a lamp with a chair of its style, one time in ten
        with anything."""
        random = np.random.default_rng(seed)
        categories = np.repeat(np.arange(4), STYLES * EACH)
        made = []
        for _ in range(number):
            first = int(random.choice(np.flatnonzero((categories == 0) | (categories == 2))))
            fits = (categories == categories[first] + 1) & (self.styles == self.styles[first])
            if random.random() < 0.1:
                fits = np.arange(len(categories)) != first
            made.append(np.array([first, int(random.choice(np.flatnonzero(fits)))]))
        return made


@pytest.fixture(scope="session")
def made_up() -> MadeUp:
    random = np.random.default_rng(7)
    number = len(CATEGORIES) * STYLES * EACH
    categories = np.repeat(np.arange(len(CATEGORIES)), STYLES * EACH)
    styles = np.tile(np.repeat(np.arange(STYLES), EACH), len(CATEGORIES))
    directions = random.normal(size=(len(CATEGORIES) + STYLES, DIM))
    looks = directions[categories] + directions[len(CATEGORIES) + styles]
    looks += 0.3 * random.normal(size=(number, DIM))
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    table = ProductTable(
        ids=np.arange(10, 10 + number, dtype=np.int64),
        skus=tuple(f"P{row:03d}" for row in range(number)),
        brands=("",) * number,
        categories=tuple(CATEGORIES[one] for one in categories),
        item_groups=("",) * number,
        prices=np.full(number, np.nan),
        in_stock=np.ones(number, np.bool_),
        image_rows=np.empty(0, np.int64),
        image_ids=np.empty(0, np.int64),
        content_hashes=(),
    )
    return MadeUp(Assortment.of(table), looks.astype(np.float32), styles)

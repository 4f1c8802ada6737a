from __future__ import annotations

import numpy as np

from vsearch.catalog.product_table import ProductTable
from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.recommending.goes_with.assortment import NONE, Assortment, looks


class Stored(CollectionEmbeddings):
    """Two pictures are known; the third has lost its embedding."""

    def __init__(self) -> None:
        self._known = {"a": [1.0, 0.0], "b": [0.0, 1.0]}

    def missing(self, hashes):
        return [one for one in hashes if one not in self._known]

    def get(self, hashes):
        return np.array([self._known[one] for one in hashes], np.float32).reshape(-1, 2)


def table(**changes: object) -> ProductTable:
    columns = {
        "ids": np.array([1, 2, 5], np.int64),
        "skus": ("x", "y", "z"),
        "brands": ("Acme", "", "Acme"),
        "categories": ("Shoes", "Shoes > Boots", ""),
        "item_groups": ("", "g", "g"),
        "prices": np.array([np.e, np.nan, 0.0]),
        "in_stock": np.ones(3, np.bool_),
        "image_rows": np.array([0, 0, 1], np.int64),
        "image_ids": np.array([1, 2, 3], np.int64),
        "content_hashes": ("a", "b", "c"),
    }
    return ProductTable(**(columns | changes))  # type: ignore[arg-type]


def test_products_are_numbered_by_what_they_share() -> None:
    goods = Assortment.of(table())
    assert goods.category_names == ("Shoes", "Shoes > Boots")
    assert goods.levels.tolist() == [[0, NONE], [0, 1], [NONE, NONE]]
    assert goods.categories.tolist() == [0, 1, NONE]
    assert goods.brands.tolist() == [0, NONE, 0]
    assert goods.groups[1] == goods.groups[2] != goods.groups[0]
    np.testing.assert_array_equal(goods.prices, np.array([1.0, np.nan, np.nan], np.float32))
    assert goods.rows(["z", "gone", "x"]).tolist() == [2, NONE, 0]


def test_looks_are_the_mean_over_pictures_and_zeros_without() -> None:
    (found,) = looks(table(), Stored())
    half = np.sqrt(0.5)
    np.testing.assert_allclose(found, [[half, half], [0, 0], [0, 0]], atol=1e-6)


def test_without_any_category_there_are_no_levels() -> None:
    goods = Assortment.of(table(categories=("", "", "")))
    assert goods.levels.shape == (3, 0)
    assert goods.categories.tolist() == [NONE, NONE, NONE]

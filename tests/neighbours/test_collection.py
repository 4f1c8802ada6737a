from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.neighbours.shop import draw, gallery
from vsearch import Collection, Settings
from vsearch.errors import CollectionDamaged, FilterError
from vsearch.neighbours.neighbours import Neighbours
from vsearch.neighbours.options import NeighbourOptions
from vsearch.neighbours.run import find_neighbours
from vsearch.progress import Silence
from vsearch.recommending.asked import CategoryScope, SimilarTo


@pytest.fixture(scope="module")
def shop(copy_sample: Callable[[], Path]) -> Iterator[Collection]:
    with Collection.open(copy_sample(), settings=Settings(device="cpu")) as opened:
        yield opened


@pytest.mark.parametrize(
    "options",
    [
        NeighbourOptions(k=8),
        NeighbourOptions(k=8, where="price < 50"),
        NeighbourOptions(k=8, category=CategoryScope.SAME),
        NeighbourOptions(k=8, category=CategoryScope.OTHER, where="available"),
    ],
)
def test_they_are_what_similar_answers(shop: Collection, options: NeighbourOptions) -> None:
    found = shop.neighbours(options)
    products = [one.product for one in shop.products(k=1_000).products]
    assert len(found) == len(products)
    for product in products[:: len(products) // 25]:
        asked = SimilarTo(product.sku, k=8, where=options.where, category=options.category)
        hits = shop.recommender.similar(asked).hits
        near = found.of(product.sku)
        assert [one.sku for one in near] == [hit.sku for hit in hits]
        scores = pytest.approx([hit.score for hit in hits], abs=2e-6)
        assert [one.score for one in near] == scores


def test_a_product_that_is_removed_is_nobodys_neighbour(copy_sample: Callable[[], Path]) -> None:
    with Collection.open(copy_sample(), settings=Settings(device="cpu")) as shop:
        options = NeighbourOptions(k=5)
        before = {sku: names for sku, names, _ in shop.neighbours(options).lists()}
        gone = next(iter(before.values()))[0]
        shop.remove([gone])
        after = shop.neighbours(options)
        assert after.searched < len(after) / 4
        lists = {sku: names for sku, names, _ in after.lists()}
        assert lists.keys() == before.keys() - {gone}
        for sku, names in lists.items():
            assert gone not in names
            assert names[: len(names) - 1] == [one for one in before[sku] if one != gone][:4]


@pytest.mark.parametrize("name", ["products.arrow", "part-000000.arrow"])
def test_a_damaged_file_says_what_to_do(tmp_path: Path, name: str) -> None:
    options, products = NeighbourOptions(k=3), draw(20, seed=1)
    found = find_neighbours(tmp_path, gallery(products, options), options, Silence())
    file = found.folder / name
    for content in (b"", b"{}", file.read_bytes()[:-30]):
        file.write_bytes(content)
        with pytest.raises(CollectionDamaged, match=r"delete .*, and they are found anew"):
            Neighbours(found, options)


def test_a_filter_that_cant_be_read(shop: Collection) -> None:
    with pytest.raises(FilterError, match="there is no field"):
        shop.neighbours(NeighbourOptions(where="colour = red"))


def test_options_that_differ_are_kept_apart(shop: Collection) -> None:
    options = NeighbourOptions(k=3)
    others = [
        replace(options, k=4),
        replace(options, where="price < 5"),
        replace(options, category=CategoryScope.SAME),
        replace(options, variants=True),
        replace(options, recall=1.0),
    ]
    assert len({one.key for one in (options, *others)}) == 6
    assert replace(options, where=" ").key == options.key

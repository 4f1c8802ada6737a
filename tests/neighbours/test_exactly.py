from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.neighbours.shop import draw, gallery, require_true
from vsearch.errors import CollectionLocked, ProductNotFound, QueryError
from vsearch.neighbours import similarity, workshop
from vsearch.neighbours.neighbours import Neighbours
from vsearch.neighbours.options import NeighbourOptions
from vsearch.neighbours.run import find_neighbours
from vsearch.progress import Silence
from vsearch.recommending.asked import CategoryScope

PRODUCTS = draw(300, seed=1)


@pytest.fixture(autouse=True)
def _as_in_large_catalogues(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workshop, "TRIED_FROM", 0)


@pytest.mark.parametrize("scope", CategoryScope)
@pytest.mark.parametrize("variants", [False, True])
def test_every_products_neighbours_are_the_true_ones(
    tmp_path: Path, scope: CategoryScope, variants: bool
) -> None:
    options = NeighbourOptions(k=7, category=scope, variants=variants)
    found = find_neighbours(tmp_path, gallery(PRODUCTS, options), options, Silence())
    assert (found.searched, found.recall) == (300, 1.0)
    require_true(Neighbours(found, options), PRODUCTS, options)


def test_products_are_multiplied_in_full_where_whole_numbers_go_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overflowing(some: object, more: object, out: object) -> None:
        raise RuntimeError("no such instruction")

    monkeypatch.setattr(similarity.torch, "_int_mm", overflowing)
    options = NeighbourOptions(k=5)
    found = find_neighbours(tmp_path, gallery(PRODUCTS[:80], options), options, Silence())
    require_true(Neighbours(found, options), PRODUCTS[:80], options)


def test_with_more_neighbours_than_there_are_products_all_are_listed(tmp_path: Path) -> None:
    for scope in CategoryScope:
        options = NeighbourOptions(k=1_000, category=scope)
        found = find_neighbours(
            tmp_path / scope, gallery(PRODUCTS[:60], options), options, Silence()
        )
        require_true(Neighbours(found, options), PRODUCTS[:60], options)


def test_hundreds_of_copies_of_one_listing_hide_nothing(tmp_path: Path) -> None:
    copies = [replace(PRODUCTS[0], id=1_000 + n, group="", findable=True) for n in range(300)]
    products = [*PRODUCTS[:50], *copies]
    options = NeighbourOptions(k=6)
    found = find_neighbours(tmp_path, gallery(products, options), options, Silence())
    require_true(Neighbours(found, options), products, options)


@pytest.mark.parametrize("count", [0, 1])
def test_a_catalogue_without_neighbours(tmp_path: Path, count: int) -> None:
    options = NeighbourOptions()
    products = PRODUCTS[:count]
    found = find_neighbours(tmp_path, gallery(products, options), options, Silence())
    neighbours = Neighbours(found, options)
    assert (len(neighbours), neighbours.table().num_rows) == (count, 0)
    assert [*neighbours.lists()] == [("P1", [], [])][:count]
    with pytest.raises(ProductNotFound, match='no product had the SKU "P9"'):
        neighbours.of("P9")


def test_in_a_large_catalogue_the_recall_that_was_asked_for_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workshop, "MOST_COMPARED", 0)
    monkeypatch.setattr("vsearch.neighbours.lists._SHORTEST", 16)
    products = draw(2_500, seed=2)
    options = NeighbourOptions(k=10, recall=0.9)
    known = gallery(products, options)
    found = find_neighbours(tmp_path / "some", known, options, Silence())
    exactly = replace(options, recall=1.0)
    true = Neighbours(find_neighbours(tmp_path / "all", known, exactly, Silence()), exactly)
    some = Neighbours(found, options)
    wanted = {(sku, name) for sku, names, _ in true.lists() for name in names}
    hit = {(sku, name) for sku, names, _ in some.lists() for name in names}
    recall = len(wanted & hit) / len(wanted)
    assert 0.9 <= recall < 1  # Not everything was looked at.
    assert found.recall == pytest.approx(recall, abs=0.02)
    sizes = {len(names) for _, names, _ in some.lists()}
    assert sizes == {10}


def test_nobody_finds_the_same_at_the_same_time(tmp_path: Path) -> None:
    from filelock import FileLock

    options = NeighbourOptions(k=3)
    folder = tmp_path / options.key
    folder.mkdir()
    with FileLock(folder / "lock"), pytest.raises(CollectionLocked, match="another process"):
        find_neighbours(tmp_path, gallery(PRODUCTS[:5], options), options, Silence())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"k": 0}, "k = 0"), ({"k": 1_001}, "1 to 1,000"), ({"recall": 0.2}, "recall = 0.2")],
)
def test_numbers_out_of_range(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(QueryError, match=message):
        NeighbourOptions(**wrong)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.neighbours.shop import Made, draw, gallery, require_true
from vsearch.neighbours import run, similarity, workshop
from vsearch.neighbours.found import Found
from vsearch.neighbours.neighbours import Neighbours
from vsearch.neighbours.options import NeighbourOptions
from vsearch.neighbours.run import find_neighbours
from vsearch.progress import Silence
from vsearch.recommending.asked import CategoryScope

OPTIONS = NeighbourOptions(k=6)


@pytest.fixture(autouse=True)
def _short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PART", 64)


def find(folder: Path, products: list[Made], options: NeighbourOptions = OPTIONS) -> Found:
    return find_neighbours(folder, gallery(products, options), options, Silence())


def gone(products: list[Made]) -> list[Made]:
    return [one for one in products if one.id % 20]


def added(products: list[Made]) -> list[Made]:
    return [*products, *draw(15, seed=5, first=max(one.id for one in products) + 1)]


def of_another_group(products: list[Made]) -> list[Made]:
    return [replace(one, group="g1") if one.id % 25 == 0 else one for one in products]


def with_other_pictures(products: list[Made]) -> list[Made]:
    other = [replace(one, pictures=(one.pictures[0] + 30,)) for one in products[:9]]
    return [*other, *products[9:]]


def not_to_be_found(products: list[Made]) -> list[Made]:
    return [replace(one, findable=not one.findable) if one.id < 12 else one for one in products]


def of_another_category(products: list[Made]) -> list[Made]:
    return [replace(one, category="c") if one.id % 30 == 0 else one for one in products]


CHANGES = [
    gone,
    added,
    of_another_group,
    with_other_pictures,
    not_to_be_found,
    of_another_category,
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("scope", [CategoryScope.ANY, CategoryScope.OTHER])
def test_after_a_change_neighbours_are_those_of_a_full_run(
    tmp_path: Path, change: Callable[[list[Made]], list[Made]], scope: CategoryScope
) -> None:
    options = replace(OPTIONS, category=scope)
    before = draw(200, seed=3)
    find(tmp_path, before, options)
    after = change(before)
    found = find(tmp_path, after, options)
    assert found.searched < len(after) / 2
    require_true(Neighbours(found, options), after, options)


def test_a_single_new_product_is_met_by_rounded_products_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workshop, "TRIED_FROM", 0)
    monkeypatch.setattr(workshop, "quickest", similarity._rounded)
    before = draw(100, seed=3)
    find(tmp_path, before)
    after = [*before, Made(id=1_000, pictures=(before[0].pictures[0] + 3,))]
    found = find(tmp_path, after)
    assert found.searched < 20
    require_true(Neighbours(found, OPTIONS), after, OPTIONS)


def test_change_upon_change(tmp_path: Path) -> None:
    products = draw(150, seed=4)
    find(tmp_path, products)
    random = np.random.default_rng(6)
    searched = 0
    for round_ in range(8):
        change = CHANGES[int(random.integers(len(CHANGES)))]
        few = [one for one in products if random.random() > 0.02]
        products = change(few) if round_ % 2 else few
        found = find(tmp_path, products)
        searched += found.searched
        require_true(Neighbours(found, OPTIONS), products, OPTIONS)
    assert searched < 4 * len(products)  # Of 8 times as many.


def test_everything_may_go_and_come_back(tmp_path: Path) -> None:
    products = draw(70, seed=7)
    for now in (products, [], products, products[:1], products):
        require_true(Neighbours(find(tmp_path, now), OPTIONS), now, OPTIONS)


def test_what_counts_as_the_same_may_change(tmp_path: Path) -> None:
    products = draw(200, seed=8)
    find(tmp_path, products)
    for same_from in (0.6, 0.99):
        known = gallery(products, OPTIONS, same_from)
        found = find_neighbours(tmp_path, known, OPTIONS, Silence())
        require_true(Neighbours(found, OPTIONS), products, OPTIONS, same_from)
    assert found.searched < len(products)


def test_nothing_is_done_twice(tmp_path: Path) -> None:
    products = draw(200, seed=9)
    first = find(tmp_path, products)
    written = {path: path.stat().st_mtime_ns for path in first.folder.iterdir()}
    assert find(tmp_path, products) == replace(first, searched=0)
    assert {path: path.stat().st_mtime_ns for path in first.folder.iterdir()} == written


def test_a_part_that_nothing_concerns_is_the_same_file(tmp_path: Path) -> None:
    options = replace(OPTIONS, category=CategoryScope.SAME)
    products = [replace(one, category="b" if one.id > 64 else "a") for one in draw(128, seed=10)]
    first = find(tmp_path, products, options)
    number = (first.folder / "part-000001.arrow").stat().st_ino
    second = find(tmp_path, [one for one in products if one.id not in (5, 6)], options)
    assert (second.folder / "part-000001.arrow").stat().st_ino == number
    assert not first.folder.exists()


def test_another_encoder_starts_anew(tmp_path: Path) -> None:
    products = draw(70, seed=12)
    find(tmp_path, products)
    other = replace(gallery(products, OPTIONS), fingerprint="another")
    assert find_neighbours(tmp_path, other, OPTIONS, Silence()).searched == 70

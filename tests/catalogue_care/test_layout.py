"""Where products lie on the map, and in which colours."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vsearch.catalog.product import Product
from vsearch.catalogue_care.colouring import NONE, OTHER, colouring, value_reader
from vsearch.catalogue_care.grid import grid_places
from vsearch.catalogue_care.projection import project, require_projection
from vsearch.errors import MissingExtra, QueryError

openTSNE = pytest.importorskip("openTSNE", reason="openTSNE is not installed")  # noqa: N816


def clusters(each: int, count: int) -> np.ndarray:
    random = np.random.default_rng(2)
    points = np.repeat(random.normal(size=(count, 32)), each, axis=0)
    points = points + 0.1 * random.normal(size=points.shape)
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def test_what_is_alike_lies_together_and_lies_there_again() -> None:
    embeddings = clusters(30, 5)
    points = project(embeddings)
    assert points.shape == (150, 2)
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = distances.argmin(axis=1)
    assert (nearest // 30 == np.arange(150) // 30).mean() > 0.97
    np.testing.assert_array_equal(project(embeddings), points)


@pytest.mark.parametrize("count", [1, 2, 3, 9, 10, 11, 40])
@pytest.mark.parametrize("alike", [False, True])
def test_any_number_of_points_fits(count: int, alike: bool) -> None:
    embeddings = clusters(1, count)
    points = project(np.repeat(embeddings[:1], count, axis=0) if alike else embeddings)
    assert points.shape == (count, 2)
    assert points.dtype == np.float32
    assert (points >= 0).all()
    assert (points < 1).all()


def test_without_the_library_the_message_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "openTSNE", None)
    with pytest.raises(MissingExtra, match=r'pip install "\.\[map\]"'):
        require_projection()


@settings(deadline=None)
@given(count=st.integers(1, 200), seed=st.integers(0, 2**32 - 1))
def test_every_place_of_the_grid_is_taken_once(count: int, seed: int) -> None:
    points = np.random.default_rng(seed).random((count, 2)).astype(np.float32)
    places = grid_places(points)
    side = int(np.ceil(np.sqrt(count)))
    assert len({tuple(place) for place in places.tolist()}) == count
    assert places.min() >= 0
    assert places.max() < side


def test_points_that_are_a_grid_already_keep_their_places() -> None:
    expected = np.stack(np.meshgrid(np.arange(8), np.arange(8)), axis=-1).reshape(-1, 2)
    shuffled = np.random.default_rng(1).permutation(expected)
    places = grid_places((shuffled / 8).astype(np.float32))
    np.testing.assert_array_equal(places, shuffled)


def test_the_most_frequent_values_have_colours_of_their_own() -> None:
    values = [f"v{number}" for number in range(20) for _ in range(30 - number)] + ["", ""]
    legend = colouring(values)
    names = [group.name for group in legend.groups]
    assert names == [*(f"v{number}" for number in range(11)), OTHER, NONE]
    assert sum(group.count for group in legend.groups) == len(values)
    for value, place in zip(values, legend.of_products, strict=True):
        assert names[place] == (value if value in names else OTHER if value else NONE)
    own = [group.colour for group in legend.groups[:11]]
    assert len(set(own)) == 11


def test_a_value_that_names_a_colour_has_it() -> None:
    Image.new("RGB", (1, 1), "red")  # Pillow keeps a colour that it has looked up as numbers.
    legend = colouring(["red", "Navy", "red", "checked"])
    colours = {group.name: group.colour for group in legend.groups}
    assert colours["red"] == "#ff0000"
    assert colours["Navy"] == "#000080"
    assert colours["checked"] not in ("#ff0000", "#000080")


def test_what_a_product_is_coloured_by() -> None:
    product = Product(
        "A", brand="B", category=("Shoes", "Boots"), attributes={"size": 4, "tag": ("x", "y")}
    )
    names = ("category", "brand", "attr.size")
    values = {name: value_reader(name, ["size", "tag"])(product) for name in names}
    assert values == {"category": "Shoes", "brand": "B", "attr.size": "4"}
    assert value_reader("attr.TAG", ["size", "tag"])(product) == "x, y"
    assert value_reader("attr.none", ["none"])(product) == ""


@pytest.mark.parametrize("wrong", ["price", "attr.", "attr", "", "Category"])
def test_anything_else_is_refused_by_name(wrong: str) -> None:
    with pytest.raises(QueryError, match=f'"{wrong}" is nothing to colour by'):
        value_reader(wrong, ["size"])


def test_an_attribute_that_no_product_has_is_refused() -> None:
    with pytest.raises(QueryError, match=r'no product has an attribute "siez".* attr\.size\?'):
        value_reader("attr.siez", ["size"])

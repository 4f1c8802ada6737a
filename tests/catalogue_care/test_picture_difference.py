"""Copies of a picture are alike, other pictures and other colours aren't."""

from __future__ import annotations

import io
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vsearch.catalogue_care.copies import SAME_PICTURE
from vsearch.catalogue_care.lab import lab
from vsearch.catalogue_care.picture_difference import differences
from vsearch.catalogue_care.picture_sketch import SIDE, sketch


def resaved(picture: Image.Image) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=60)
    return Image.open(file).convert("RGB")


@pytest.mark.parametrize("name", ["half", "padded", "cropped"])
def test_copies_are_alike(name: str, copies, things, picture) -> None:
    originals = [picture(thing) for thing in things]
    others = [resaved(copies[name](one)) for one in originals]
    found = differences([sketch(one) for one in originals], [sketch(one) for one in others])
    assert (found <= SAME_PICTURE).all(), dict(zip(things, found.tolist(), strict=True))


def test_other_colours_are_not(things, picture, recolour) -> None:
    originals = [picture(thing) for thing in things if thing != "ring-1f48d"]
    others = [recolour(one) for one in originals]
    found = differences([sketch(one) for one in originals], [sketch(one) for one in others])
    assert (found > SAME_PICTURE).all(), found


def test_other_things_are_not(things, picture) -> None:
    sketches = [sketch(picture(thing)) for thing in things]
    first, second = zip(*combinations(sketches, 2), strict=True)
    assert (differences(first, second) > SAME_PICTURE).all()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("speaker-1f508", "speaker-low-1f509"),
        ("camera-1f4f7", "camera-with-flash-1f4f8"),
        ("padlock-closed-1f512", "padlock-open-1f513"),
        ("orange-book-1f4d9", "red-book-1f4d5"),
    ],
)
def test_small_things_tell_products_apart(first: str, second: str, picture) -> None:
    (found,) = differences([sketch(picture(first))], [sketch(picture(second))])
    assert found > SAME_PICTURE


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), width=st.integers(1, 90), height=st.integers(1, 90))
def test_any_picture_equals_itself_and_order_does_not_matter(
    seed: int, width: int, height: int
) -> None:
    random = np.random.default_rng(seed)
    one, other = (
        Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8))
        for _ in range(2)
    )
    a, b = sketch(one), sketch(other)
    assert a.pixels.shape == (SIDE, SIDE, 3)
    np.testing.assert_allclose(differences([a], [a]), 0, atol=1e-3)
    np.testing.assert_allclose(differences([a], [b]), differences([b], [a]), rtol=1e-5)


def test_lab_has_the_values_of_the_standard() -> None:
    pixels = np.array([[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 0, 255]], dtype=np.uint8)
    expected = [[0, 0, 0], [100, 0, 0], [53.24, 80.09, 67.20], [32.30, 79.19, -107.86]]
    np.testing.assert_allclose(lab(pixels), expected, atol=0.05)

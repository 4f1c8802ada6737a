"""Boxes: relative or in pixels, cut off at the picture's edge, refused where they miss it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vsearch.errors import QueryError
from vsearch.images.box import Box, parse_box

shares = st.floats(0, 1)
sizes = st.integers(1, 5_000)
extents = st.floats(1e-6, 1)


@pytest.mark.parametrize(
    ("text", "pixels"),
    [
        ("0,0,1,1", (0, 0, 640, 480)),
        ("0.5,0,0.5,1", (320, 0, 640, 480)),
        ("0.25,0.25,0.5,0.5", (160, 120, 480, 360)),
        ("10,20,300,200", (10, 20, 310, 220)),
        ("600,400,300,200", (600, 400, 640, 480)),
        ("0,0,2,1", (0, 0, 2, 1)),
    ],
)
def test_a_box_is_relative_up_to_one_and_in_pixels_above(
    text: str, pixels: tuple[int, int, int, int]
) -> None:
    assert parse_box(text).pixels(640, 480) == pixels


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "0 0 1 1", "1;2;3;4"])
def test_what_is_no_box_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(QueryError, match="write x,y,w,h"):
        parse_box(text)


@pytest.mark.parametrize("text", ["-1,0,10,10", "nan,0,1,1", "0,0,inf,5"])
def test_negative_and_endless_boxes_are_refused(text: str) -> None:
    with pytest.raises(QueryError, match="all four are numbers, 0 or more"):
        parse_box(text)


@pytest.mark.parametrize("text", ["0,0,0,1", "10,10,20,0"])
def test_an_empty_box_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="the rectangle is empty"):
        parse_box(text)


def test_a_box_outside_the_picture_names_the_picture() -> None:
    with pytest.raises(QueryError, match="outside the picture of 640 x 480 pixels"):
        parse_box("700,10,20,20").pixels(640, 480)
    with pytest.raises(QueryError, match="outside the picture"):
        parse_box("1e308,0,1e308,20").pixels(640, 480)


@given(left=shares, top=shares, width=extents, height=extents, size=st.tuples(sizes, sizes))
def test_a_relative_box_that_begins_inside_has_pixels(
    left: float, top: float, width: float, height: float, size: tuple[int, int]
) -> None:
    if left == 1 or top == 1:
        return
    box = Box(left, top, width, height)
    cut = box.pixels(*size)
    assert 0 <= cut[0] < cut[2] <= size[0]
    assert 0 <= cut[1] < cut[3] <= size[1]
    assert 0.99999 < box.iou(box) < 1.00001


def test_text_and_box_are_one() -> None:
    assert str(parse_box("0.25, 0.1,0.5,0.8")) == "0.25,0.1,0.5,0.8"


def test_cut_gives_the_part_that_is_inside() -> None:
    image = Image.new("RGB", (10, 10), "white")
    image.paste("red", (5, 0, 10, 10))
    assert Box(0.5, 0, 0.5, 1).cut(image).getcolors() == [(50, (255, 0, 0))]

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsearch.catalog.feeds.fields.fault import FieldFault
from vsearch.catalog.feeds.fields.image_location import parse_image_location, parse_images

ROOT = PurePosixPath("/srv/shop")


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("a.jpg", "a.jpg"),
        ("./pictures//a b.jpg", "pictures/a b.jpg"),
        (r"pictures\a.jpg", "pictures/a.jpg"),
        ("pictures/../a.jpg", "a.jpg"),
        ("/srv/shop/pictures/a.jpg", "pictures/a.jpg"),
        ("file:///srv/shop/a%20b.jpg", "a b.jpg"),
        ("https://cdn.example/a.jpg?w=1,2", "https://cdn.example/a.jpg?w=1,2"),
        ("http://127.0.0.1:8000/a b.jpg", "http://127.0.0.1:8000/a b.jpg"),
        ("//cdn.example/a.jpg", "https://cdn.example/a.jpg"),
        ("https://[::1]/a.jpg", "https://[::1]/a.jpg"),
    ],
)
def test_locations(text: str, location: str) -> None:
    assert parse_image_location(text, ROOT) == location


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("../../etc/passwd", "leads out of the feed's folder"),
        (r"..\..\etc\passwd", "leads out"),
        ("a/../../b.jpg", "leads out"),
        ("/etc/passwd", "leads out"),
        ("/srv/shopping/a.jpg", "leads out"),
        ("/srv/shop/../other/a.jpg", "leads out"),
        ("file:///etc/passwd", "leads out"),
        ("file:///srv/shop/%2e%2e/other/a.jpg", "leads out"),
        (r"C:\pictures\a.jpg", "leads out"),
        (r"\\server\share\a.jpg", "leads out"),
        ("file://server/srv/shop/a.jpg", "on another machine"),
        ("ftp://cdn.example/a.jpg", "neither a path nor an http"),
        ("data:image/png;base64,AAAA", "neither a path nor an http"),
        ("https://", "not a web address"),
        ("https:///a.jpg", "not a web address"),
        ("https://[::1/a.jpg", "not a web address"),
        ("https://cdn.example:99999/a.jpg", "not a web address"),
        ("a\0.jpg", "control character"),
        ("file:///srv/shop/a%00.jpg", "control character"),
        (".", "names no picture"),
        ("/srv/shop", "names no picture"),
    ],
)
def test_what_leads_elsewhere_is_refused(text: str, problem: str) -> None:
    with pytest.raises(FieldFault, match=problem):
        parse_image_location(text, ROOT)


@pytest.mark.parametrize(
    ("cells", "locations"),
    [
        (["a.jpg|b.jpg| a.jpg"], ("a.jpg", "b.jpg")),
        (['["a,1.jpg", "b|2.jpg"]'], ("a,1.jpg", "b|2.jpg")),
        ([["a.jpg", None, ""], None, "b.jpg"], ("a.jpg", "b.jpg")),
        (["https://x.example/a.jpg, https://x.example/b.jpg"],
         ("https://x.example/a.jpg", "https://x.example/b.jpg")),
        (["https://x.example/a.jpg https://x.example/b,1.jpg"],
         ("https://x.example/a.jpg", "https://x.example/b,1.jpg")),
        (["a.jpg, b.PNG"], ("a.jpg", "b.PNG")),
        (["front, side.jpg"], ("front, side.jpg",)),
        (["a b.jpg"], ("a b.jpg",)),
        (["", "  ", "[]"], ()),
    ],
)  # fmt: skip
def test_several_in_a_cell(cells: list[object], locations: tuple[str, ...]) -> None:
    assert parse_images(cells, ROOT) == locations


@pytest.mark.parametrize("cell", [{"src": "a.jpg"}, 5, [["a.jpg"]], [1]])
def test_other_shapes_are_refused(cell: object) -> None:
    with pytest.raises(FieldFault, match="not the place of a picture"):
        parse_images([cell], ROOT)


STEPS = st.lists(
    st.sampled_from(["..", ".", "", "a", "b.jpg", "srv", "shop", "\\", "..\\..", "file:", "C:"])
    | st.text(max_size=4),
    max_size=8,
)


@given(STEPS, st.sampled_from(["", "/", "//", "\\", "file://", "file:///", "/srv/shop/"]))
def test_no_path_leads_out(steps: list[str], start: str) -> None:
    text = start + "/".join(steps)
    try:
        location = parse_image_location(text, ROOT)
    except FieldFault:
        return
    if location.lower().startswith(("http://", "https://")):
        return
    path = PurePosixPath(location)
    assert not path.is_absolute()
    assert ".." not in path.parts
    assert "\\" not in location
    assert location == path.as_posix()

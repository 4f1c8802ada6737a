"""A path, an address or base64 are told apart."""

from __future__ import annotations

import base64
import re
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsearch.catalog.filters import parse_filter
from vsearch.errors import ImageRejected
from vsearch.mcp_server.photos import photo_from

_CODE = re.compile(r"`([^`]+)`")


@given(st.binary(min_size=60, max_size=200))
def test_base64_is_read(picture: bytes) -> None:
    text = base64.b64encode(picture).decode()
    assert photo_from(text) == picture
    assert photo_from(f"data:image/jpeg;base64,{text}") == picture
    wrapped = "\n".join(text[at : at + 76] for at in range(0, len(text), 76))
    assert photo_from(wrapped) == picture


@pytest.mark.parametrize(
    "text",
    [
        "shoe.jpg",
        "/srv/photos/" + "deep/" * 20 + "shoe.jpg",
        "C:\\photos\\shoe.jpg",
        "https://shop.example/" + "a" * 80,
        "http://shop.example/shoe",
        "abcd",
    ],
)
def test_a_path_or_an_address_stays_as_it_is(text: str) -> None:
    assert photo_from(text) == text
    assert photo_from(f" {text}\n") == text


def test_a_file_of_a_long_name_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = "a" * 80
    Path(name).write_bytes(b"picture")
    assert photo_from(name) == name


@pytest.mark.parametrize("text", ["", " \n", "data:image/png;base64,a", "data:image/png;base64,ä"])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(ImageRejected, match=r"^photo: "):
        photo_from(text)


def filters_of(page: str) -> list[str]:
    """The code on a page that is a filter: a field or more, and what is asked of it."""
    code = _CODE.findall(page)
    return [
        one for one in code if re.search(r"[a-z_\"]\s*(=|!=|[<>]=?|:|IN|IS|NOT|BETWEEN)\W", one)
    ]


def test_what_agents_are_told_of_filters_is_so() -> None:
    package = files("vsearch.mcp_server")
    page = package.joinpath("filter_language.md").read_text(encoding="utf-8")
    examples = filters_of(page)
    assert len(examples) > 15
    for example in examples:
        parse_filter(example)

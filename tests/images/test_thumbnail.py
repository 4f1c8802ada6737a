"""A thumbnail is a picture inside a URI, small and in proportion."""

import base64

import pytest
from PIL import Image

from vsearch.images.decode import decode
from vsearch.images.thumbnail import thumbnail_data_uri


def opened(uri: str) -> Image.Image:
    kind, _, payload = uri.partition(",")
    assert kind == "data:image/webp;base64"
    return decode(base64.b64decode(payload, validate=True), max_pixels=10**6)


def test_the_long_side_is_reduced(large_pattern, shows):
    shows(opened(thumbnail_data_uri(large_pattern)), 12, size=(256, 192))
    assert large_pattern.size == (640, 480)


def test_small_pictures_keep_their_size(pattern, shows):
    shows(opened(thumbnail_data_uri(pattern)), 12)


@pytest.mark.parametrize("mode", ["P", "L", "1", "CMYK", "RGBA", "F", "I;16"])
def test_any_mode(pattern, mode):
    source = pattern.convert("L").convert(mode) if mode == "I;16" else pattern.convert(mode)
    assert opened(thumbnail_data_uri(source, side=32)).size == (32, 24)


def test_a_line_keeps_a_pixel(shows):
    assert opened(thumbnail_data_uri(Image.new("RGB", (5000, 1)))).size == (256, 1)

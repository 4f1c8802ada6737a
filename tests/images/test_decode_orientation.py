"""Phones store pictures lying on their side; they come out upright, reduced or not."""

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageOps

from vsearch.images.decode import decode
from vsearch.images.orientation import exif_orientation, upright

LIMIT = 1_000_000

#: How a camera held this way stores an upright scene: the inverse of what EXIF asks for.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def lying(image: Image.Image, orientation: int) -> Image.Image:
    how = STORED[orientation]
    return image if how is None else image.transpose(how)


def exif_with(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "A camera"
    exif[ExifTags.Base.Orientation] = orientation
    return exif


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "MPO", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright(pattern, encoded, shows, image_format, orientation):
    exif = exif_with(orientation)
    options = {"exif": exif.tobytes() if image_format == "HEIF" else exif, "quality": 95}
    data = encoded(lying(pattern, orientation), image_format, **options)
    if image_format != "HEIF":
        with Image.open(io.BytesIO(data)) as opened:
            shows(ImageOps.exif_transpose(opened), 10)
    shows(decode(data, max_pixels=LIMIT), 10)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("progressive", [False, True])
def test_upright_after_a_reduced_decode(large_pattern, encoded, shows, orientation, progressive):
    stored = lying(large_pattern, orientation)
    data = encoded(stored, "JPEG", exif=exif_with(orientation), progressive=progressive)
    shows(decode(data, max_pixels=LIMIT, min_side=50), 10, size=(160, 120))


@pytest.mark.parametrize(
    ("min_side", "size"),
    [
        (None, (640, 480)),
        (1, (80, 60)),
        (30, (80, 60)),
        (31, (160, 120)),
        (60, (160, 120)),
        (61, (320, 240)),
        (120, (320, 240)),
        (121, (640, 480)),
        (10_000, (640, 480)),
    ],
)
def test_the_short_side_stays_twice_min_side(large_pattern, encoded, min_side, size):
    data = encoded(large_pattern, "JPEG")
    assert decode(data, max_pixels=LIMIT, min_side=min_side).size == size


@given(width=st.integers(1, 400), height=st.integers(1, 400), min_side=st.integers(1, 250))
@settings(derandomize=True, deadline=None, max_examples=100)
def test_a_reduced_decode_is_never_below_its_bound(encoded, width, height, min_side):
    data = encoded(Image.new("RGB", (width, height)), "JPEG")
    reduced = decode(data, max_pixels=LIMIT, min_side=min_side)
    assert min(reduced.size) >= min(2 * min_side, width, height)


def test_min_side_does_nothing_to_other_formats(large_pattern, encoded):
    assert decode(encoded(large_pattern, "PNG"), max_pixels=LIMIT, min_side=10).size == (640, 480)


def test_a_turned_picture_is_not_turned_again(pattern):
    exif = exif_with(6).tobytes()
    pattern.info["exif"] = exif
    once = upright(pattern, exif)
    assert once.size == (48, 64)
    assert upright(once, once.info.get("exif")) is once


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("kind", "code"), [("B", 1), ("H", 3), ("L", 4)])
@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"])
def test_every_way_to_write_the_tag(order, kind, code, prefix):
    marker = b"II*\0" if order == "<" else b"MM\0*"
    value = struct.pack(order + kind, 8).ljust(4, b"\0")
    entries = struct.pack(order + "HHL4s", 0x010F, 2, 4, b"abc\0")
    entries += struct.pack(order + "HHL", 0x0112, code, 1) + value
    tiff = marker + struct.pack(order + "LH", 8, 2) + entries + bytes(4)
    assert exif_orientation(prefix + tiff) == 8


@pytest.mark.parametrize("value", [0, 9, 300])
def test_an_orientation_out_of_range_counts_as_upright(value):
    tiff = b"II*\0" + struct.pack("<LHHHLL", 8, 1, 0x0112, 3, 1, value)
    assert exif_orientation(tiff) == 1


@given(st.binary(max_size=64), st.sampled_from([b"", b"Exif\0\0", b"II*\0", b"MM\0*\0\0\0\x08"]))
@settings(derandomize=True, max_examples=500)
def test_damaged_exif_gives_a_valid_orientation(noise, start):
    assert 1 <= exif_orientation(start + noise) <= 8


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_damaged_exif_does_not_spoil_the_picture(pattern, encoded, image_format):
    whole = exif_with(6).tobytes()
    for length in range(14, len(whole)):
        data = encoded(pattern, image_format, exif=whole[:length])
        assert decode(data, max_pixels=LIMIT).size in {(64, 48), (48, 64)}

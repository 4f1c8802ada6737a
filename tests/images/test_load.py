"""Whatever a caller has of a picture becomes an upright RGB one, or a message that names it."""

import pickle

import numpy as np
import pytest
from PIL import ExifTags, Image

from vsearch.errors import ImageRejected
from vsearch.images.load import open_image

LIMIT = 1_000_000


def test_every_kind_of_source(tmp_path, pattern, encoded, shows):
    path = tmp_path / "a.png"
    path.write_bytes(encoded(pattern, "PNG"))
    for source in (path, str(path), path.read_bytes(), pattern, np.asarray(pattern)):
        shows(open_image(source, max_pixels=LIMIT))


def test_min_side_reaches_the_decoder(large_pattern, encoded):
    image = open_image(encoded(large_pattern, "JPEG"), max_pixels=LIMIT, min_side=50)
    assert image.size == (160, 120)


def test_an_opened_photo_is_turned_upright_once(tmp_path, pattern, shows):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    path = tmp_path / "a.jpg"
    pattern.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif, quality=95)
    with Image.open(path) as photo:
        once = open_image(photo, max_pixels=LIMIT)
        assert photo.size == (48, 64)
    shows(once, 8)
    shows(open_image(once, max_pixels=LIMIT), 8)


def test_an_upright_rgb_image_is_not_copied(pattern):
    assert open_image(pattern, max_pixels=LIMIT) is pattern


def test_arrays_of_rgba_and_grey(shows):
    rgba = np.zeros((2, 3, 4), dtype=np.uint8)
    rgba[0, 0] = (10, 20, 30, 255)
    image = open_image(rgba, max_pixels=LIMIT)
    assert image.size == (3, 2)
    assert image.getpixel((0, 0)) == (10, 20, 30)
    assert image.getpixel((1, 0)) == (255, 255, 255)
    grey = open_image(np.full((2, 3), 7, dtype=np.uint8), max_pixels=LIMIT)
    assert grey.getpixel((0, 0)) == (7, 7, 7)


def test_an_array_that_is_not_contiguous(pattern, shows):
    flipped = np.asarray(pattern)[:, ::-1]
    shows(open_image(flipped[:, ::-1], max_pixels=LIMIT))


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.zeros((4, 4, 3)), "dtype float64; expected uint8 with values from 0 to 255"),
        (np.zeros((4, 4, 3), dtype=bool), "dtype bool; expected uint8 with values from 0 to 255"),
        (np.zeros(4, dtype=np.uint8), "shape (4,); expected (h, w), (h, w, 3) or (h, w, 4)"),
        (np.zeros((3, 4, 4, 3), dtype=np.uint8), "shape (3, 4, 4, 3); expected (h, w), "),
        (np.zeros((3, 8, 9), dtype=np.uint8), "shape (3, 8, 9); expected (h, w), (h, w, 3)"),
        (np.zeros((0, 4, 3), dtype=np.uint8), "has no pixels (4 x 0)"),
        (np.zeros((2000, 2000), dtype=np.uint8), "2000 x 2000 = 4 megapixels; the limit is 1: "),
    ],
)
def test_arrays_that_are_no_pictures(array, reason):
    with pytest.raises(ImageRejected) as caught:
        open_image(array, max_pixels=LIMIT)
    assert caught.value.reason.startswith(reason)
    assert str(caught.value) == f"array: {caught.value.reason}"


def test_the_message_names_the_path_and_the_reason_does_not(tmp_path):
    path = tmp_path / "words.jpg"
    path.write_text("no picture")
    with pytest.raises(ImageRejected) as caught:
        open_image(path, max_pixels=LIMIT)
    assert caught.value.reason == "not an image but text"
    assert str(caught.value) == f"{path}: not an image but text"
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.reason) == (str(caught.value), caught.value.reason)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("missing.jpg", "missing.jpg: no such file"),
        (b"", "image bytes: empty (0 bytes)"),
        (Image.new("LAB", (4, 4)), "PIL image: the colour mode CIE Lab is not supported"),
        (Image.new("RGB", (0, 4)), "PIL image: has no pixels (0 x 4)"),
        (Image.new("L", (2000, 1000)), "PIL image: 2000 x 1000 = 2 megapixels; the limit is 1: "),
    ],
)
def test_messages(tmp_path, monkeypatch, source, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ImageRejected) as caught:
        open_image(source, max_pixels=LIMIT)
    assert str(caught.value).startswith(message)


def test_an_opened_file_that_turns_out_damaged(tmp_path, pattern, encoded):
    path = tmp_path / "a.png"
    data = encoded(Image.effect_noise((64, 64), 50), "PNG")
    path.write_bytes(data[: len(data) // 2])
    with (
        Image.open(path) as image,
        pytest.raises(ImageRejected, match=r"a\.png: damaged image: .*truncated"),
    ):
        open_image(image, max_pixels=LIMIT)


def test_other_types_are_named():
    with pytest.raises(ImageRejected, match="a list is not a path, bytes, an image or an array"):
        open_image([1, 2], max_pixels=LIMIT)

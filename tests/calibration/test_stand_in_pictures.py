"""Cutting products out, and drawing photos and copies of them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from vsearch.calibration.cutout import product_mask
from vsearch.calibration.shopper_photo import copied_picture, shopper_photo


def ring(background: tuple[int, int, int] = (255, 255, 255)) -> Image.Image:
    """A red ring around what looks like the background."""
    picture = Image.new("RGB", (200, 200), background)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((50, 50, 150, 150), fill=(200, 20, 20))
    draw.ellipse((80, 80, 120, 120), fill=background)
    return picture


def scene() -> Image.Image:
    cells = np.random.default_rng(0).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    return Image.fromarray(cells).resize((200, 160), Image.Resampling.BICUBIC)


def cut(picture: Image.Image) -> Image.Image:
    product = picture.copy()
    product.putalpha(product_mask(picture))
    return product


@pytest.mark.parametrize("background", [(255, 255, 255), (0, 0, 0), (90, 120, 200)])
def test_a_product_before_one_colour_is_cut_out_and_its_holes_stay(background) -> None:
    mask = np.asarray(product_mask(ring(background)))
    assert mask.shape == (200, 200)
    across, down = np.mgrid[:200, :200] - 100
    distance = np.hypot(across, down)
    assert (mask[distance < 46] == 255).all()
    assert (mask[distance > 56] == 0).all()


def test_a_scene_stays_whole() -> None:
    assert product_mask(scene()).getextrema() == (255, 255)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (3, 2)])
def test_a_tiny_picture_stays_whole(size) -> None:
    plain = Image.new("RGB", size, (255, 255, 255))
    assert product_mask(plain).getextrema() == (255, 255)
    photo = shopper_photo(cut(plain), plain, np.random.default_rng(0), side=64)
    assert photo.size == (64, 64)


def drawn(seed: int, clutter: Image.Image | None) -> Image.Image:
    return shopper_photo(cut(ring()), clutter, np.random.default_rng(seed), side=128)


def test_one_seed_gives_one_photo_and_another_another() -> None:
    first, again, other = (np.asarray(drawn(seed, scene())) for seed in (1, 1, 2))
    assert first.shape == (128, 128, 3)
    assert (first == again).all()
    assert np.abs(first.astype(int) - other).mean() > 5


@pytest.mark.parametrize("clutter", [None, scene()])
def test_the_product_is_in_the_photo_and_the_background_is_gone(clutter) -> None:
    for seed in range(10):
        pixels = np.asarray(drawn(seed, clutter)).astype(int)
        red = (pixels[..., 0] > 2 * pixels[..., 1]) & (pixels[..., 0] > 2 * pixels[..., 2])
        assert 0.02 < red.mean() < 0.9, seed


def test_a_copy_looks_as_before() -> None:
    picture = scene()
    for seed in range(10):
        copy = copied_picture(picture, np.random.default_rng(seed))
        assert copy.width <= 200
        same_size = np.asarray(copy.resize(picture.size, Image.Resampling.BICUBIC)).astype(int)
        assert np.abs(same_size - np.asarray(picture)).mean() < 25

"""Stand-ins for a shopper's photo, drawn from the catalogue's own pictures."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

_BICUBIC = Image.Resampling.BICUBIC
_BILINEAR = Image.Resampling.BILINEAR


@dataclass(frozen=True, slots=True)
class PhotoRange:
    """How far a stand-in goes from the catalogue's picture; each draws anew within these bounds."""

    scale: tuple[float, float] = (0.4, 1.1)
    """The product's longer side, as a share of the photo's: above 1 the photo cuts it off."""

    scene_scale: tuple[float, float] = (0.5, 1.25)
    """The same of a picture whose product can't be cut out."""

    off_centre: float = 0.15
    """How far its middle may be from the photo's, as a share of the photo's side."""

    turn: float = 25.0
    """Degrees, either way."""

    tilt: float = 0.15
    """How far a corner may move by perspective, as a share of the product's side."""

    light: float = 0.35
    """Brightness, contrast and, by a third of it, the channels' balance: shares, either way."""

    occluded: float = 0.4
    """Chance that something stands before a part of the product."""

    blur: float = 2.0
    """Largest radius, in pixels of a photo of 256."""

    noise: float = 12.0
    """Largest standard deviation of the sensor's noise, 0..255."""

    quality: tuple[int, int] = (30, 85)
    """The JPEG's."""


#: Between kinder stand-ins, which are surer than real photos, and harder ones, which are less.
SHOPPER = PhotoRange()


def shopper_photo(
    product: Image.Image,
    clutter: Image.Image | None,
    random: np.random.Generator,
    *,
    side: int,
    within: PhotoRange = SHOPPER,
) -> Image.Image:
    """Draw a photo of a product.

    Args:
        product: RGBA, transparent where it isn't.
        clutter: upright RGB of something else, to stand around; None leaves plain surroundings.
        random: where the choices come from.
        side: of the photo, in pixels.
        within: how far it goes.

    Returns:
        (side, side) RGB.
    """
    photo = _surroundings(clutter, random, side)
    placed = _placed(product, random, side, within)
    photo.paste(placed, (0, 0), placed)
    if random.random() < within.occluded and clutter is not None:
        _occlude(photo, clutter, random)
    blurred = photo.filter(ImageFilter.BoxBlur(random.uniform(0, within.blur) * side / 256))
    noisy = _noisy(_lit(blurred, random, within.light), random, within.noise)
    return saved_anew(noisy, int(random.integers(*within.quality)))


def copied_picture(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Draw what becomes of a picture that is listed again: a little cut, resized, saved anew.

    Args:
        picture: upright RGB.
        random: where the choices come from.
    """
    left, top, right, bottom = random.uniform(0, 0.05, 4) * (picture.size * 2)
    box = (left, top, picture.width - right, picture.height - bottom)
    scale = random.uniform(0.5, 1.0)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    copy = _lit(picture.resize(size, _BICUBIC, box), random, 0.06)
    return saved_anew(copy, int(random.integers(50, 95)))


def saved_anew(picture: Image.Image, quality: int) -> Image.Image:
    """What a JPEG of this quality keeps."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def _surroundings(
    clutter: Image.Image | None, random: np.random.Generator, side: int
) -> Image.Image:
    """Light that falls unevenly on something plain, or a piece of another picture."""
    if clutter is None or random.random() < 0.5:
        corners = random.integers(40, 230, (2, 2, 3))
        greyed = (corners + corners.mean(axis=2, keepdims=True)) / 2
        return Image.fromarray(greyed.astype(np.uint8)).resize((side, side), _BILINEAR)
    part = random.uniform(0.4, 1.0) * min(clutter.size)
    left = random.uniform(0, clutter.width - part)
    top = random.uniform(0, clutter.height - part)
    box = (left, top, left + part, top + part)
    # Few pixels stretched over many: out of focus.
    pixels = round(side * random.uniform(0.05, 0.4))
    return clutter.resize((pixels, pixels), _BILINEAR, box).resize((side, side), _BICUBIC)


def _placed(
    product: Image.Image, random: np.random.Generator, side: int, within: PhotoRange
) -> Image.Image:
    """The product as it stands in the photo: (side, side) RGBA, transparent around it."""
    is_scene = product.getchannel("A").getextrema() == (255, 255)
    bounds = within.scene_scale if is_scene else within.scale
    scale = random.uniform(*bounds) * side / max(product.size)
    if scale < 1:
        # Bilinear sampling looks at four pixels only.
        product = product.resize(
            (max(1, round(product.width * scale)), max(1, round(product.height * scale))), _BICUBIC
        )
        scale = 1.0
    width, height = product.size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    tilted = corners + random.uniform(-within.tilt, within.tilt, (4, 2)) * (width, height)
    angle = math.radians(random.uniform(-within.turn, within.turn))
    turn = np.array([(math.cos(angle), -math.sin(angle)), (math.sin(angle), math.cos(angle))])
    middle = side / 2 + random.uniform(-within.off_centre, within.off_centre, 2) * side
    there = (tilted - tilted.mean(axis=0)) @ turn * scale + middle
    return product.transform(
        (side, side), Image.Transform.PERSPECTIVE, _perspective(there, corners), _BILINEAR
    )


def _perspective(to: npt.NDArray[np.float64], source: npt.NDArray[np.float64]) -> list[float]:
    """The eight coefficients by which Pillow fetches each of (4, 2) points from another."""
    rows = []
    for (x, y), (u, v) in zip(to, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    coefficients: list[float] = np.linalg.solve(np.array(rows), source.ravel()).tolist()
    return coefficients


def _occlude(photo: Image.Image, clutter: Image.Image, random: np.random.Generator) -> None:
    """Put another picture before an edge of the photo."""
    side = photo.width
    width, height = (round(side * share) for share in random.uniform(0.2, 0.5, 2))
    angle = random.uniform(0, 2 * math.pi)
    left = round(side * (0.5 + 0.4 * math.cos(angle)) - width / 2)
    top = round(side * (0.5 + 0.4 * math.sin(angle)) - height / 2)
    photo.paste(clutter.resize((width, height), _BICUBIC), (left, top))


def _lit(picture: Image.Image, random: np.random.Generator, light: float) -> Image.Image:
    """Change brightness, contrast and the channels' balance by up to a share."""
    brightness, contrast = 1 + random.uniform(-light, light, 2)
    channels = 1 + random.uniform(-light / 3, light / 3, 3)
    values = (np.arange(256) - 128) * contrast + 128
    table = np.outer(channels * brightness, values).clip(0, 255).astype(np.uint8)
    return picture.point(table.ravel().tolist())


def _noisy(picture: Image.Image, random: np.random.Generator, most: float) -> Image.Image:
    grain = random.standard_normal((picture.height, picture.width, 1), np.float32)
    values = np.asarray(picture) + random.uniform(0, most) * grain
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))

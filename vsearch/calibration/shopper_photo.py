"""Stand-ins for a shopper's photo, drawn from the catalogue's own pictures."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from vsearch.calibration.cutout import product_mask

_BICUBIC = Image.Resampling.BICUBIC


@dataclass(frozen=True, slots=True)
class PhotoRange:
    """How far stand-ins go from the picture; each draws anew within these bounds."""

    scale: tuple[float, float] = (0.45, 1.15)
    """The product's longer side, as a share of the photo's: above 1 the photo cuts it off."""

    off_centre: float = 0.12
    """How far its middle may be from the photo's, as a share of the photo's side."""

    turn: float = 20.0
    """Degrees, either way."""

    tilt: float = 0.12
    """How far a corner may move by perspective, as a share of the picture's side."""

    light: float = 0.3
    """Brightness, contrast and, by a third of it, the channels' balance: shares, either way."""

    occluded: float = 0.35
    """Chance that something stands before a part of the product."""

    blur: float = 1.5
    """Largest radius in pixels of a photo of 256."""

    noise: float = 8.0
    """Largest standard deviation of sensor noise, 0..255."""

    jpeg: tuple[int, int] = (40, 90)
    """Quality that the photo is stored with."""


SHOPPER = PhotoRange()


def shopper_photo(
    picture: Image.Image,
    clutter: Image.Image,
    random: np.random.Generator,
    *,
    side: int,
    within: PhotoRange = SHOPPER,
) -> Image.Image:
    """Draw a photo of the product that a catalogue picture shows.

    Args:
        picture: upright RGB, of the product.
        clutter: upright RGB, of something else: what the product stands before.
        random: where the choices come from.
        side: of the photo, in pixels.
        within: how far it goes.

    Returns:
        (side, side) RGB.
    """
    photo = _background(clutter, random, side)
    cut = _tilted(picture, random, within)
    share = random.uniform(*within.scale)
    scale = share * side / max(cut.size)
    cut = cut.resize(
        (max(1, round(cut.width * scale)), max(1, round(cut.height * scale))), _BICUBIC
    )
    cut = cut.rotate(random.uniform(-within.turn, within.turn), _BICUBIC, expand=True)
    middle = side / 2 + random.uniform(-within.off_centre, within.off_centre, 2) * side
    photo.paste(cut, (round(middle[0] - cut.width / 2), round(middle[1] - cut.height / 2)), cut)
    if random.random() < within.occluded:
        _occlude(photo, clutter, random)
    radius = random.uniform(0, within.blur) * side / 256
    return _stored(
        _lit(photo.filter(ImageFilter.GaussianBlur(radius)), random, within), random, within
    )


def _background(clutter: Image.Image, random: np.random.Generator, side: int) -> Image.Image:
    """A gradient between two colours, or a piece of another picture, sharp or not."""
    if random.random() < 0.5:
        corners = random.integers(40, 230, (2, 2, 3)).astype(np.uint8)
        corners = (0.5 * corners + 0.5 * corners.mean(axis=2, keepdims=True)).astype(np.uint8)
        return Image.fromarray(corners).resize((side, side), Image.Resampling.BILINEAR)
    part = random.uniform(0.4, 1.0) * min(clutter.size)
    left = random.uniform(0, clutter.width - part)
    top = random.uniform(0, clutter.height - part)
    piece = clutter.resize((side, side), _BICUBIC, (left, top, left + part, top + part))
    return piece.filter(ImageFilter.GaussianBlur(random.uniform(0, 0.03) * side))


def _tilted(picture: Image.Image, random: np.random.Generator, within: PhotoRange) -> Image.Image:
    """The product as RGBA, seen from a little aside."""
    cut = picture.copy()
    cut.putalpha(product_mask(picture))
    box = cut.getchannel("A").getbbox()
    if box is not None:
        cut = cut.crop(box)
    width, height = cut.size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    moved = corners + random.uniform(-within.tilt, within.tilt, (4, 2)) * (width, height)
    return cut.transform(
        cut.size, Image.Transform.PERSPECTIVE, _homography(corners, moved), _BICUBIC
    )


def _homography(to: npt.NDArray[np.float64], source: npt.NDArray[np.float64]) -> list[float]:
    """The eight coefficients with which Pillow takes each point of ``to`` from ``source``."""
    rows = []
    for (x, y), (u, v) in zip(to, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    solved: list[float] = np.linalg.solve(np.array(rows), source.ravel()).tolist()
    return solved


def _occlude(photo: Image.Image, clutter: Image.Image, random: np.random.Generator) -> None:
    """Put a piece of another picture before an edge of the photo."""
    side = photo.width
    size = (round(side * random.uniform(0.2, 0.5)), round(side * random.uniform(0.2, 0.5)))
    angle = random.uniform(0, 2 * math.pi)
    centre = side / 2 + 0.4 * side * np.array([math.cos(angle), math.sin(angle)])
    piece = clutter.resize(size, _BICUBIC)
    photo.paste(piece, (round(centre[0] - size[0] / 2), round(centre[1] - size[1] / 2)))


def _lit(photo: Image.Image, random: np.random.Generator, within: PhotoRange) -> Image.Image:
    light = within.light
    values = np.asarray(photo, dtype=np.float32)
    brightness, contrast = 1 + random.uniform(-light, light, 2)
    channels = 1 + random.uniform(-light / 3, light / 3, 3)
    middle = values.mean()
    values = ((values - middle) * contrast + middle) * (brightness * channels)
    values += random.normal(0, random.uniform(0, within.noise), values.shape)
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def _stored(photo: Image.Image, random: np.random.Generator, within: PhotoRange) -> Image.Image:
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=int(random.integers(*within.jpeg)))
    return Image.open(file).convert("RGB")

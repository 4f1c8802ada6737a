"""From an upright RGB picture to the pixels that an encoder was trained on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from PIL import Image

from vsearch.encoder.interface import Pixels

Channels = tuple[float, float, float]

# How far Lanczos looks, in pixels of the smaller picture; the other filters look less far.
_WIDEST_FILTER = 3

_CROP_MODES = ("center", "squash", "border", "pad")


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """A model's own resize, crop and normalisation, as timm's data config has them."""

    height: int
    """Of the pixels that the model takes."""

    width: int

    crop_fraction: float
    """The picture is first resized to ``floor(side / crop_fraction)``; the crop follows."""

    crop_mode: str
    """``center`` keeps proportions and cuts off the margins, ``squash`` gives up proportions,
    ``border`` keeps both and fills up with the mean colour, ``pad`` with black."""

    interpolation: str
    """``bicubic``, ``bilinear``, ... by Pillow's name in small letters."""

    mean: Channels
    """Subtracted from RGB in 0..1."""

    std: Channels
    """RGB is then divided by it."""

    @classmethod
    def from_data_config(cls, config: Mapping[str, Any]) -> Preprocessing:
        """Read what ``timm.data.resolve_model_data_config`` gives."""
        _, height, width = config["input_size"]
        return cls(
            height=height,
            width=width,
            crop_fraction=float(config["crop_pct"]),
            crop_mode=config["crop_mode"],
            interpolation=config["interpolation"],
            mean=_three(config["mean"]),
            std=_three(config["std"]),
        )

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Preprocessing:
        """Read what ``dataclasses.asdict`` gave, by way of JSON.

        Raises:
            KeyError: a field is missing.
            TypeError: a field is of another kind.
            ValueError: a field is out of range.
        """
        made = cls(
            height=int(record["height"]),
            width=int(record["width"]),
            crop_fraction=float(record["crop_fraction"]),
            crop_mode=str(record["crop_mode"]),
            interpolation=str(record["interpolation"]),
            mean=_three(record["mean"]),
            std=_three(record["std"]),
        )
        if not (
            min(made.height, made.width) > 0
            and 0 < made.crop_fraction < math.inf
            and made.crop_mode in _CROP_MODES
            and made.interpolation.upper() in Image.Resampling.__members__
            and all(map(math.isfinite, made.mean))
            and all(0 < deviation < math.inf for deviation in made.std)
        ):
            raise ValueError(f"no such preprocessing: {dict(record)}")
        return made

    def to_data_config(self) -> dict[str, Any]:
        """Give the arguments of ``timm.data.create_transform``."""
        config = asdict(self)
        size = (3, config.pop("height"), config.pop("width"))
        return config | {"input_size": size, "crop_pct": config.pop("crop_fraction")}

    @property
    def resized_height(self) -> int:
        """What the height becomes before the crop (the short side, where proportions stay)."""
        return math.floor(self.height / self.crop_fraction)

    @property
    def resized_width(self) -> int:
        """What the width becomes before the crop."""
        return math.floor(self.width / self.crop_fraction)

    @property
    def min_side(self) -> int:
        """No side of the picture is needed larger than what makes its short side this."""
        return max(self.resized_height, self.resized_width)

    def covered(self, width: int, height: int) -> tuple[float, float, float, float]:
        """Which part of a picture of this size the model gets to see.

        Returns:
            Left, top, right and bottom in shares of the picture: below 0 and above 1 where its
            margins are filled up.
        """
        if self.crop_mode == "squash":
            across, down = float(self.resized_width), float(self.resized_height)
        else:
            pads = self.crop_mode == "pad"
            ratios = (
                width / (self.width if pads else self.resized_width),
                height / (self.height if pads else self.resized_height),
            )
            ratio = min(ratios) if self.crop_mode == "center" else max(ratios)
            across, down = width / ratio, height / ratio
        half_width, half_height = self.width / across / 2, self.height / down / 2
        return 0.5 - half_width, 0.5 - half_height, 0.5 + half_width, 0.5 + half_height

    def preparer(self) -> Callable[[Image.Image], Pixels]:
        """Build the function that resizes and crops; it is safe to share between threads."""
        if self.crop_mode == "pad":
            return self._pad
        never_pads = self.crop_fraction <= 1
        if self.crop_mode == "squash" and never_pads:
            return self._squash
        if self.crop_mode == "center" and never_pads and self.height == self.width:
            return self._cut_centre
        return _timm_transform(self)

    def _cut_centre(self, image: Image.Image) -> Pixels:
        width, height = image.size
        side = self.resized_height
        if width <= height:
            return self._resize_centre(image, side, int(side * height / width))
        return self._resize_centre(image, int(side * width / height), side)

    def _squash(self, image: Image.Image) -> Pixels:
        return self._resize_centre(image, self.resized_width, self.resized_height)

    def _pad(self, image: Image.Image) -> Pixels:
        scale = max(image.height / self.height, image.width / self.width)
        size = (max(1, round(image.width / scale)), max(1, round(image.height / scale)))
        resized = image.resize(size, Image.Resampling[self.interpolation.upper()])
        padded = Image.new("RGB", (self.width, self.height))
        padded.paste(resized, ((self.width - size[0]) // 2, (self.height - size[1]) // 2))
        return np.asarray(padded)

    def _resize_centre(self, image: Image.Image, resized_width: int, resized_height: int) -> Pixels:
        """Resize to the given size and cut out the centre, computing nothing that is cut off.

        Equal to resize-then-crop but for roundings, a third cheaper at 4:3, and a very long
        picture needs no very long intermediate one. Across first, then down, whatever Pillow
        is installed: from 13 on it takes tall pictures the other way round, which differs
        where noise overshoots and is cut off at 0 and 255.
        """
        method = Image.Resampling[self.interpolation.upper()]
        across, down = image.width / resized_width, image.height / resized_height
        left = round((resized_width - self.width) / 2) * across
        right = min(left + self.width * across, image.width)
        top = round((resized_height - self.height) / 2) * down
        bottom = top + self.height * down
        reach = _WIDEST_FILTER * max(down, 1) + 1
        first = max(0, math.floor(top - reach))
        last = min(image.height, math.ceil(bottom + reach))
        rows = image.crop((0, first, image.width, last))
        narrow = rows.resize((self.width, rows.height), method, (left, 0, right, rows.height))
        box = (0, top - first, self.width, min(bottom - first, rows.height))
        return np.asarray(narrow.resize((self.width, self.height), method, box))


def _timm_transform(preprocessing: Preprocessing) -> Callable[[Image.Image], Pixels]:
    """What few models ask for (a border, a target that isn't square) is left to timm."""
    # Here, because a head is read and applied where torch isn't.
    from vsearch.encoder.torchvision_shim import import_timm

    timm = import_timm()
    transform = timm.data.create_transform(
        **preprocessing.to_data_config(), is_training=False, normalize=False
    )

    def prepare(image: Image.Image) -> Pixels:
        pixels: Pixels = transform(image).permute(1, 2, 0).contiguous().numpy()
        return pixels

    return prepare


def _three(values: tuple[float, ...]) -> Channels:
    red, green, blue = (float(value) for value in values)
    return red, green, blue

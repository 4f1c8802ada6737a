"""How a picture is varied while an encoder learns from it: what a shopper's photo does to it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from vsearch.encoder.interface import Pixels
from vsearch.encoder.preprocessing import Preprocessing

_MOST_STRETCH = 1.3


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Chances and strengths; a picture is varied in all of these ways at once."""

    crop_chance: float = 0.5
    """Of a random crop instead of the encoder's own centre crop."""

    least_area: float = 0.4
    """Of the picture, 0..1, that a random crop keeps."""

    flip_chance: float = 0.5

    light: float = 0.2
    """Brightness, contrast and the balance of the channels change by up to this share."""

    blur_chance: float = 0.1

    def apply(
        self, image: Image.Image, preprocessing: Preprocessing, random: np.random.Generator
    ) -> Pixels:
        """Vary an upright RGB picture and bring it to the encoder's size.

        Returns:
            (height, width, 3) uint8.
        """
        if random.random() < self.blur_chance:
            image = image.filter(ImageFilter.GaussianBlur(random.uniform(0.5, 1.5)))
        if random.random() < self.crop_chance:
            pixels = self._crop(image, preprocessing, random)
        else:
            pixels = preprocessing.preparer()(image)
        if random.random() < self.flip_chance:
            pixels = pixels[:, ::-1]
        return np.ascontiguousarray(self._relight(pixels, random))

    def _crop(
        self, image: Image.Image, preprocessing: Preprocessing, random: np.random.Generator
    ) -> Pixels:
        area = random.uniform(self.least_area, 1.0) * image.width * image.height
        # The crop has the shape of what the encoder takes, give or take: things keep theirs.
        aspect = preprocessing.width / preprocessing.height
        aspect *= math.exp(random.uniform(-1, 1) * math.log(_MOST_STRETCH))
        width = min(image.width, math.sqrt(area * aspect))
        height = min(image.height, math.sqrt(area / aspect))
        left = random.uniform(0, image.width - width)
        top = random.uniform(0, image.height - height)
        size = (preprocessing.width, preprocessing.height)
        box = (left, top, left + width, top + height)
        return np.asarray(image.resize(size, Image.Resampling.BICUBIC, box))

    def _relight(self, pixels: Pixels, random: np.random.Generator) -> Pixels:
        if not self.light:
            return pixels
        brightness, contrast = 1 + random.uniform(-self.light, self.light, 2)
        channels = 1 + random.uniform(-self.light / 3, self.light / 3, 3)
        middle = pixels.mean()
        values = ((pixels - middle) * contrast + middle) * brightness * channels
        relit: Pixels = values.clip(0, 255).astype(np.uint8)
        return relit

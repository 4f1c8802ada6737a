"""The bundled encoder, and scenes put together from the sample catalogue's pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from vsearch.encoder.load import load_encoder
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.images.box import Box

IMAGES = Path(__file__).parents[2] / "catalog" / "images"
SIDE = 600


@pytest.fixture(scope="session")
def encoder() -> TimmEncoder:
    return load_encoder(device="cpu", dtype="float32")


class Scene:
    """A gradient with things of the sample catalogue on it."""

    def __init__(self) -> None:
        corners = Image.new("RGB", (2, 2))
        corners.putdata([(150, 170, 190), (120, 140, 170), (190, 180, 160), (160, 150, 140)])
        self.image = corners.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        self.truth: dict[str, Box] = {}

    def put(self, name: str, left: int, top: int, side: int) -> Scene:
        """Paste a picture without its transparent margin; its long side becomes ``side``."""
        with Image.open(IMAGES / f"{name}.webp") as file:
            thing = file.convert("RGBA")
        thing = thing.crop(thing.getchannel("A").getbbox())
        thing.thumbnail((side, side))
        self.image.paste(thing, (left, top), thing)
        self.truth[name] = Box(left / SIDE, top / SIDE, thing.width / SIDE, thing.height / SIDE)
        return self

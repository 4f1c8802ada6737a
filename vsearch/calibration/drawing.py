"""Draws stand-ins from a sample's pictures and embeds them, drawing beside the encoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from vsearch.calibration.pictures import Picture
from vsearch.calibration.shopper_photo import copied_picture, shopper_photo
from vsearch.calibration.stand_ins import COPY, StandInKey, StandIns
from vsearch.encoder.interface import Embeddings, Encoder
from vsearch.encoder.prefetch import batched, prefetch
from vsearch.progress import Advance

_SEED = 20
_LEAST_SIDE = 256


def photo_side(encoder: Encoder) -> int:
    """How large stand-ins are drawn for an encoder, in pixels."""
    return max(_LEAST_SIDE, encoder.min_side)


def draw(
    pictures: Sequence[Picture],
    keys: Sequence[StandInKey],
    encoder: Encoder,
    advance: Advance,
) -> StandIns:
    """Draw and embed stand-ins.

    Args:
        pictures: of the whole sample: each may stand around another.
        keys: which are wanted, of these pictures.
        encoder: loaded.
        advance: told of each.

    Returns:
        The wanted ones, but for those whose picture can't be read any more.
    """
    drawer = _Drawer(pictures, encoder)
    drawn: dict[StandInKey, Embeddings] = {}
    size = encoder.batch_size
    workers = encoder.decoders
    results = prefetch(drawer.draw, keys, workers=workers, ahead=size + workers)
    for batch in batched(zip(keys, results, strict=True), size):
        there = [(key, pixels) for key, pixels in batch if pixels is not None]
        if there:
            embeddings = encoder.embed_backbone(np.stack([pixels for _, pixels in there]))
            drawn |= {key: one for (key, _), one in zip(there, embeddings, strict=True)}
        advance(len(batch))
    return drawn


class _Drawer:
    """Draws one at a time; shared by many threads."""

    def __init__(self, pictures: Sequence[Picture], encoder: Encoder) -> None:
        self._pictures = pictures
        self._places = {picture.content_hash: n for n, picture in enumerate(pictures)}
        self._encoder = encoder

    def draw(self, key: StandInKey) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None:
        """Draw one as the encoder takes it; None where its picture is gone."""
        place = self._places[key.content_hash]
        picture = self._pictures[place]
        product, small = picture.cut_out, picture.small
        if product is None or small is None:
            return None
        random = np.random.default_rng([_SEED, int(key.content_hash[:16], 16), key.number])
        if key.number == COPY:
            return self._encoder.prepare(copied_picture(small, random))
        clutter = self._clutter(place, random)
        photo = shopper_photo(product, clutter, random, side=photo_side(self._encoder))
        return self._encoder.prepare(photo)

    def _clutter(self, place: int, random: np.random.Generator) -> Image.Image | None:
        if len(self._pictures) < 2:
            return None
        other = place + 1 + int(random.integers(len(self._pictures) - 1))
        return self._pictures[other % len(self._pictures)].small

"""Pictures of many pixels are opened two at a time, and the others don't wait for them."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vsearch.searching import query_pictures
from vsearch.searching.query import Example
from vsearch.searching.query_pictures import QueryPictures
from vsearch.searching.serving import ServingOptions
from vsearch.settings import Settings


def png(side: int, colour: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (side, side), colour).save(buffer, "PNG")
    return buffer.getvalue()


class Opening:
    """In place of decoding: notes how many are open at once, and waits to be let go."""

    def __init__(self) -> None:
        self.open = self.most = self.small = 0
        self.lock = threading.Lock()
        self.small_done = threading.Event()

    def __call__(self, image: bytes, **_options: Any) -> Image.Image:
        is_large = len(image) > 1000
        with self.lock:
            self.open += is_large
            self.most = max(self.most, self.open)
        if is_large:
            # The small ones come by, however long this takes.
            assert self.small_done.wait(30)
        with self.lock:
            self.open -= is_large
            self.small += not is_large
            if self.small == 4:
                self.small_done.set()
        return Image.new("RGB", (8, 8))


class NoEncoder:
    """Has nothing to do with what is tested."""

    min_side = 8
    fingerprint = "none"

    def prepare(self, _image: Image.Image) -> np.ndarray:
        return np.zeros(1, np.uint8)

    def encode_prepared(self, prepared: np.ndarray) -> np.ndarray:
        return np.ones((len(prepared), 1), np.float32)


@pytest.mark.parametrize(("lanes", "most"), [(2, 1), (8, 2)])
def test_large_pictures_wait_for_one_another(
    monkeypatch: pytest.MonkeyPatch, lanes: int, most: int
) -> None:
    opening = Opening()
    monkeypatch.setattr(query_pictures, "open_image", opening)
    pictures = QueryPictures(Settings(), ServingOptions(cached_embeddings=0, lanes=lanes))
    files = [png(4_100, 0)] * 4 + [png(8, 0)] * 4

    def embed(data: bytes) -> None:
        pictures.embed(NoEncoder(), Example(image=data), data)

    with ThreadPoolExecutor(len(files)) as callers:
        list(callers.map(embed, files))
    assert 1 <= opening.most <= most
    assert opening.small == 4

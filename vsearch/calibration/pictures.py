"""The pictures of a sample, small, for as long as they are still what was indexed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from PIL import Image

from vsearch.calibration.cutout import product_mask
from vsearch.catalog.product import is_url
from vsearch.catalog.product_views import View
from vsearch.errors import ImageRejected
from vsearch.images.cache import ContentCache
from vsearch.images.content import content_hash
from vsearch.images.decode import decode
from vsearch.images.read import read_local


class Picture:
    """One of them, read when it is first needed. Safe to share between threads."""

    def __init__(self, view: View, downloads: ContentCache, *, side: int, max_pixels: int) -> None:
        """Prepare; nothing is read.

        Args:
            view: where it is.
            downloads: holds those that came from URLs.
            side: the longer side, in pixels, that it is shrunk to.
            max_pixels: a picture with more isn't decoded.
        """
        self._view = view
        self._downloads = downloads
        self._side = side
        self._max_pixels = max_pixels

    @property
    def content_hash(self) -> str:
        """Of the file."""
        return self._view.content_hash

    @cached_property
    def small(self) -> Image.Image | None:
        """Upright RGB; None where it is gone or shows something else by now."""
        try:
            data = _read(self._view, self._downloads)
            if data is None or content_hash(data) != self._view.content_hash:
                return None
            image = decode(data, max_pixels=self._max_pixels, min_side=self._side // 2)
        except ImageRejected:
            return None
        image.thumbnail((self._side, self._side), Image.Resampling.BICUBIC)
        return image

    @cached_property
    def cut_out(self) -> Image.Image | None:
        """RGBA, what isn't the product transparent and cut off; None as above."""
        image = self.small
        if image is None:
            return None
        product = image.copy()
        product.putalpha(product_mask(image))
        return product.crop(product.getchannel("A").getbbox())


def pictures_of(
    views: Sequence[View], downloads: Path, *, side: int, max_pixels: int
) -> list[Picture]:
    """Prepare the pictures of (n,) views."""
    cache = ContentCache(downloads)
    return [Picture(view, cache, side=side, max_pixels=max_pixels) for view in views]


def _read(view: View, downloads: ContentCache) -> bytes | None:
    if is_url(view.location):
        return downloads.load(view.content_hash)
    return read_local(Path(view.root), view.location)

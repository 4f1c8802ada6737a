"""The pictures of products, as the reports and pages show them."""

from __future__ import annotations

from pathlib import Path

from vsearch.catalog.product import is_url
from vsearch.encoder.interface import ImageInput
from vsearch.errors import ImageRejected
from vsearch.images.cache import ContentCache
from vsearch.images.load import open_image
from vsearch.images.thumbnail import thumbnail_data_uri

_SIDE = 256


def product_thumbnail(
    image: str, content_hash: str, downloads: Path, *, max_pixels: int
) -> str | None:
    """A small data URI of a product's image; None where the picture can't be had any more.

    Args:
        image: its absolute path, or its URL.
        content_hash: of its content.
        downloads: where images that came from URLs are kept.
        max_pixels: the bound on what is decoded.
    """
    source = product_picture(image, content_hash, downloads)
    return None if source is None else thumbnail(source, max_pixels=max_pixels)


def product_picture(image: str, content_hash: str, downloads: Path) -> ImageInput | None:
    """A product's image as it was indexed; None where a downloaded one is gone."""
    return ContentCache(downloads).load(content_hash) if is_url(image) else Path(image)


def thumbnail(source: ImageInput, *, max_pixels: int) -> str | None:
    """A small data URI of a picture; None where it can't be read."""
    try:
        return thumbnail_data_uri(open_image(source, max_pixels=max_pixels, min_side=_SIDE), _SIDE)
    except ImageRejected:
        return None

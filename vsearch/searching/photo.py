"""A shopper's photo: as it was given, or from its address."""

from __future__ import annotations

import tempfile
from pathlib import Path

from vsearch.catalog.product import is_url
from vsearch.encoder.interface import ImageInput
from vsearch.images.fetch import ImageFetcher
from vsearch.images.read import read_file
from vsearch.settings import Settings


def at_hand(image: ImageInput, settings: Settings) -> ImageInput:
    """The photo's bytes where a path or an http(s) address was given; everything else as it is.

    Raises:
        ImageRejected: the file can't be read, or the address doesn't give it.
    """
    if not isinstance(image, str | Path):
        return image
    if not is_url(str(image)):
        return read_file(Path(image))
    # A query's photo is no part of the catalogue: it isn't kept.
    with (
        tempfile.TemporaryDirectory(prefix="vsearch-") as folder,
        ImageFetcher(
            Path(folder),
            max_bytes=settings.max_download_bytes,
            timeout_s=settings.download_timeout_s,
            attempts=settings.download_attempts,
            workers=1,
            urls=settings.urls,
        ) as fetcher,
    ):
        return fetcher.fetch(str(image)).data


def name_of(image: ImageInput | None) -> str:
    """What to call it in a message or a report: a path or an address, else ``the photo``."""
    return str(image) if isinstance(image, str | Path) else "the photo"

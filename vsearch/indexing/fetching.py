"""How product images behind addresses are fetched."""

from __future__ import annotations

from vsearch.images.fetch import ImageFetcher
from vsearch.layout import Layout
from vsearch.settings import Settings


def image_fetcher(layout: Layout, settings: Settings) -> ImageFetcher:
    """What fetches the images of one collection, as the settings say, and keeps them."""
    return ImageFetcher(
        layout.downloads,
        max_bytes=settings.max_download_bytes,
        timeout_s=settings.download_timeout_s,
        attempts=settings.download_attempts,
        workers=settings.download_workers,
        urls=settings.urls,
    )

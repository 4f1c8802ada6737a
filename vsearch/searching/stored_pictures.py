"""The catalogue's own pictures by their content: as they were indexed, and small copies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Engine, select

from vsearch.catalog import schema
from vsearch.catalog.database import storage_errors
from vsearch.catalog.image_records import SourceStatus
from vsearch.catalog.product import is_url
from vsearch.durable import write_atomically
from vsearch.errors import ImageRejected, PictureNotFound
from vsearch.images.cache import ContentCache
from vsearch.images.content import content_hash
from vsearch.images.load import open_image
from vsearch.images.read import read_local
from vsearch.images.thumbnail import thumbnail_webp
from vsearch.layout import Layout
from vsearch.settings import Settings

#: The long sides that thumbnails come in, in pixels: a few, so that a few files are kept.
SIDES = (80, 160, 320, 640, 1280)

_CONTENT_HASH = re.compile("[0-9a-f]{64}")

_sources = schema.image_sources.c


class StoredPictures:
    """Reads what products show. Safe to share between threads."""

    def __init__(self, layout: Layout, engine: Engine, settings: Settings) -> None:
        self._thumbnails = layout.thumbnails
        self._downloads = ContentCache(layout.downloads)
        self._engine = engine
        self._max_pixels = settings.max_pixels

    def original(self, content: str) -> bytes:
        """The bytes of the image file with this content hash.

        Raises:
            PictureNotFound: no product shows it, or its file is gone or has changed.
        """
        return self._original(content, self._places(content))

    def thumbnail(self, content: str, side: int) -> bytes:
        """A small WebP copy of an image; the first is kept for the next time.

        Args:
            content: its content hash.
            side: how long its long side is to be in pixels, at least; it becomes the next of
                ``SIDES``. Nothing is enlarged.

        Raises:
            PictureNotFound: as ``original``.
        """
        places = self._places(content)
        side = next((one for one in SIDES if one >= side), SIDES[-1])
        path = self._thumbnails / str(side) / content[:2] / f"{content}.webp"
        with suppress(OSError):
            return path.read_bytes()
        try:
            image = open_image(
                self._original(content, places), max_pixels=self._max_pixels, min_side=side
            )
        except ImageRejected as rejected:
            raise PictureNotFound(f"{content}: {rejected.reason}") from rejected
        small = thumbnail_webp(image, side)
        # Where the folder can't be written, it is made each time.
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, lambda file: file.write(small))
        return small

    def _original(self, content: str, places: Sequence[tuple[str, str]]) -> bytes:
        for root, location in places:
            data = self._read(Path(root), location, content)
            if data is not None:
                return data
        raise PictureNotFound(f"{content}: its file is gone, or has changed")

    def _places(self, content: str) -> list[tuple[str, str]]:
        """Where it is: the feed's root, and the location in it; there is one at least."""
        if not _CONTENT_HASH.fullmatch(content):
            raise PictureNotFound(f'"{content[:80]}" is not the hash of a content: 64 hex digits')
        shown = select(schema.product_images.c.source_id).where(
            schema.product_images.c.source_id == _sources.id
        )
        with storage_errors(self._engine), self._engine.connect() as connection:
            rows = connection.execute(
                select(schema.feeds.c.root, _sources.location)
                .join_from(
                    schema.images, schema.image_sources, _sources.image_id == schema.images.c.id
                )
                .join(schema.feeds, schema.feeds.c.id == _sources.feed_id)
                .where(
                    schema.images.c.content_hash == content,
                    _sources.status == SourceStatus.OK.value,
                    shown.exists(),
                )
                .order_by(_sources.id)
            )
            places = [(root, location) for root, location in rows]
        if not places:
            raise PictureNotFound(f"{content}: no product shows a picture of this content")
        return places

    def _read(self, root: Path, location: str, content: str) -> bytes | None:
        if is_url(location):
            return self._downloads.load(content)
        try:
            data = read_local(root, location)
        except ImageRejected:
            return None
        # It may have been replaced since it was indexed.
        return data if content_hash(data) == content else None

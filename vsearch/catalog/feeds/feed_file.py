"""A feed, opened: what was recognised, and the reader that fits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from vsearch.catalog.feeds.interface import FeedItem
from vsearch.catalog.feeds.progress import Progress


class Reader(Protocol):
    """What each format offers: the items, told to a ``Progress`` as they are read."""

    def items(self, progress: Progress) -> Iterator[FeedItem]:
        """Yield the feed's items from its beginning.

        Raises:
            FeedError: the feed as a whole can't be read.
        """


class FeedFile:
    """A ``Feed``: one format's reader, with the progress of its latest ``read``."""

    def __init__(self, path: Path, root: Path, format_name: str, size: int, reader: Reader) -> None:
        self._path = path
        self._root = root
        self._format = format_name
        self._size = size
        self._reader = reader
        self._progress = Progress()

    @property
    def path(self) -> Path:
        """The file or folder as the user named it."""
        return self._path

    @property
    def root(self) -> Path:
        """The folder that relative image paths start from; absolute, resolved."""
        return self._root

    @property
    def format(self) -> str:
        """Which reader it is, one of ``FORMATS``."""
        return self._format

    @property
    def size(self) -> int:
        """How much there is to read: bytes, or rows of Parquet; 0 for a folder without a list."""
        return self._size

    @property
    def position(self) -> int:
        """How far the running ``read`` has come, 0 to ``size``."""
        return self._progress.position

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader had to assume, complete once ``read`` has ended."""
        return self._progress.notes

    def read(self) -> Iterator[FeedItem]:
        """Yield the feed's items from its beginning; each call reads anew.

        Raises:
            FeedError: the feed as a whole can't be read.
        """
        self._progress = Progress()
        return self._reader.items(self._progress)

"""A feed's file on its way to a service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import IO, Any

from vsearch.errors import FeedError, SettingsError
from vsearch.indexing.options import IndexOptions
from vsearch.progress import Advance, Progress

#: What a service leaves to whoever keeps it: they concern the collection, not the feed.
_OF_THE_COLLECTION = (
    "dry_run",
    "index_kind",
    "rebuild",
    "replace_encoder",
    "batch_size",
)


class TellingFile:
    """A file that tells how much of it has been read."""

    def __init__(self, file: IO[bytes], advance: Advance) -> None:
        self._file = file
        self._advance = advance

    def read(self, size: int = -1) -> bytes:
        """Read at most so many bytes."""
        data = self._file.read(size)
        self._advance(len(data))
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go elsewhere in the file; what was read before is sent once more."""
        before = self._file.tell()
        position = self._file.seek(offset, whence)
        if whence == 0:
            self._advance(position - before)
        return position

    def tell(self) -> int:
        """Where it is read next, in bytes."""
        return self._file.tell()

    def fileno(self) -> int:
        """The operating system's number of it, by which its size is found."""
        return self._file.fileno()


@contextmanager
def opened_feed(feed: Path, progress: Progress) -> Iterator[TellingFile]:
    """Open a feed's file to send it.

    Raises:
        FeedError: it is a folder, or can't be read.
    """
    if feed.is_dir():
        raise FeedError(
            f"{feed}: is a folder; a service takes a feed's file, whose pictures are behind URLs"
        )
    try:
        size = feed.stat().st_size
        with feed.open("rb") as file, progress.stage("upload", size, "bytes") as advance:
            yield TellingFile(file, advance)
    except OSError as error:
        raise FeedError(f"{feed}: can't be read: {error.strerror or error}") from error


def feed_fields(feed: Path, options: IndexOptions) -> dict[str, Any]:
    """What a service is told beside the file.

    Raises:
        SettingsError: an option is none of a service's.
    """
    defaults = {field.name: field.default for field in fields(IndexOptions)}
    for name in _OF_THE_COLLECTION:
        if getattr(options, name) != defaults[name]:
            raise SettingsError(
                f"{name}: a service doesn't take it; use `vsearch index` beside its collection"
            )
    given = {
        "format": options.format,
        "encoding": options.encoding,
        "name": options.feed_name or feed.name,
        "prune": "true" if options.prune else None,
        "refresh": "true" if options.refresh else None,
        "map": [f"{column}={field}" for column, field in options.mapping.items()],
    }
    return {name: value for name, value in given.items() if value}

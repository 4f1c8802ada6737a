"""Pictures that were handed over as bytes: files named by their content, and by nothing else."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO

from vsearch.durable import write_atomically
from vsearch.images.content import content_hash
from vsearch.images.formats import ImageFormat, recognise
from vsearch.storage import storage_errors

#: The feed that products belong to whose pictures were put.
FEED = "api"

_SUFFIXES = {
    ImageFormat.JPEG: ".jpg",
    ImageFormat.PNG: ".png",
    ImageFormat.GIF: ".gif",
    ImageFormat.WEBP: ".webp",
    ImageFormat.AVIF: ".avif",
    ImageFormat.HEIF: ".heic",
    ImageFormat.TIFF: ".tif",
    ImageFormat.BMP: ".bmp",
    ImageFormat.PPM: ".ppm",
}


def upload_location(data: bytes) -> str:
    """Where a picture is kept, relative to the folder: ``ab/abcdef….jpg``.

    Raises:
        ImageRejected: it is no image of a format that is known.
    """
    content = content_hash(data)
    return f"{content[:2]}/{content}{_SUFFIXES[recognise(data)]}"


class Uploads:
    """The folder that they are in; the writer's lock is held by who changes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, pictures: Mapping[str, bytes]) -> None:
        """Store pictures durably, by location; those that are there already stay as they are.

        Raises:
            StorageError: the disk is full, or the folder can't be written.
        """
        for location, data in pictures.items():
            path = self.folder / location
            with storage_errors(path):
                if path.exists() and path.stat().st_size == len(data):
                    continue
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(path, partial(_write, data))

    def forget(self, locations: Iterable[str]) -> None:
        """Remove pictures that nothing shows any more; URLs among them aren't files."""
        for location in locations:
            path = self.folder / location
            if path.is_relative_to(self.folder) and "://" not in location:
                with storage_errors(path):
                    path.unlink(missing_ok=True)
                self._remove_if_empty(path.parent)

    def sweep(self, shown: Iterable[str]) -> None:
        """Remove every picture but those that are shown: a writer may have died in between."""
        kept = set(shown)
        for path in self.folder.glob("??/*"):
            if path.relative_to(self.folder).as_posix() not in kept:
                with storage_errors(path):
                    path.unlink(missing_ok=True)
                self._remove_if_empty(path.parent)

    @staticmethod
    def _remove_if_empty(folder: Path) -> None:
        try:
            folder.rmdir()
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
                raise


def _write(data: bytes, file: BinaryIO) -> None:
    file.write(data)

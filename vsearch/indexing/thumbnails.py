"""Thumbnails of images that no product shows any more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection

from vsearch.catalog.shown_sources import shown_among
from vsearch.storage import storage_errors

_AT_ONCE = 1_000


def sweep_thumbnails(folder: Path, connection: Connection) -> None:
    """Remove them.

    Args:
        folder: of all thumbnails: ``SIDE/ab/abcdef….webp``.
        connection: to the catalogue.

    Raises:
        StorageError: the folder can't be written.
    """
    files: Iterator[Path] = folder.glob("*/??/*.webp")
    while page := list(islice(files, _AT_ONCE)):
        shown = shown_among(connection, {path.stem for path in page})
        for path in page:
            if path.stem not in shown:
                with storage_errors(path):
                    path.unlink(missing_ok=True)

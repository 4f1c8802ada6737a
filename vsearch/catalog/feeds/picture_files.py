"""The pictures that lie in a folder, and whose they are by their names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePath

from vsearch.catalog.feeds.fields.image_location import IMAGE_SUFFIXES
from vsearch.errors import FeedError

_NUMBERED = re.compile(r"(.+)[_-](\d{1,3})")


def walk_pictures(root: Path) -> Iterator[str]:
    """Yield the ``/``-separated paths of all pictures below a folder, sorted, one at a time.

    Files are told by their ending. Names that begin with a dot are skipped, and so are
    collections (folders with a ``manifest.json`` and a ``products.db``) and links to folders,
    which could lead round in a circle.

    Raises:
        FeedError: the folder can't be listed.
    """
    # Not recursive: a folder can be nested deeper than Python's stack.
    open_folders = [("", iter(_listing(root)))]
    while open_folders:
        prefix, entries = open_folders[-1]
        entry = next(entries, None)
        if entry is None:
            open_folders.pop()
        elif entry.is_dir(follow_symlinks=False):
            folder = Path(entry.path)
            if not _is_collection(folder):
                open_folders.append((f"{prefix}{entry.name}/", iter(_listing(folder))))
        elif PurePath(entry.name).suffix.lower() in IMAGE_SUFFIXES and entry.is_file():
            yield prefix + entry.name


def _listing(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as listing:
            entries = [entry for entry in listing if not entry.name.startswith(".")]
    except OSError as error:
        raise FeedError(f"{folder}: {error.strerror}") from error
    return sorted(entries, key=lambda entry: entry.name)


def _is_collection(folder: Path) -> bool:
    return (folder / "manifest.json").is_file() and (folder / "products.db").is_file()


class PicturesBySku:
    """Finds the pictures that are named after a SKU, anywhere below a folder.

    ``SKU.jpg`` comes first, then ``SKU_1.jpg`` or ``SKU-2.jpg`` by number, then what lies in
    a folder called ``SKU``. The folder is listed once, when the first SKU is asked for; from
    then on one short text for every picture is kept.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._by_name: dict[str, list[tuple[int, str]]] | None = None

    def of(self, sku: str) -> tuple[str, ...]:
        """The paths, relative to the folder; empty where there are none."""
        if self._by_name is None:
            self._by_name = self._list()
        found = sorted(self._by_name.get(sku, ()))
        return tuple(dict.fromkeys(path for _, path in found))

    def _list(self) -> dict[str, list[tuple[int, str]]]:
        by_name: dict[str, list[tuple[int, str]]] = {}
        last = 1_000_000
        for path in walk_pictures(self._root):
            *folders, name = path.split("/")
            stem = name.rpartition(".")[0]
            by_name.setdefault(stem, []).append((-1, path))
            numbered = _NUMBERED.fullmatch(stem)
            if numbered:
                by_name.setdefault(numbered[1], []).append((int(numbered[2]), path))
            for folder in folders:
                by_name.setdefault(folder, []).append((last, path))
        return by_name

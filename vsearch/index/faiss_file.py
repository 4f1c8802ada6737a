"""Reading and writing FAISS's own files with errors that say what happened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss

from vsearch.errors import CollectionDamaged


def write_faiss(index: faiss.Index, path: Path) -> None:
    """Write an index into a new file.

    Raises:
        OSError: it can't be written whole.
    """
    # Through a Python file: FAISS's own writer only prints a warning when the last buffer
    # doesn't fit on the disk, and leaves a file that is cut short.
    with path.open("wb") as file:
        faiss.write_index(index, faiss.PyCallbackIOWriter(file.write))


def map_faiss(path: Path) -> Any:
    """Open an index without reading its arrays: they are mapped, and must not be changed.

    Raises:
        CollectionDamaged: missing, cut short, or not an index.
    """
    return _read(path, faiss.IO_FLAG_MMAP_IFC)


def load_faiss(path: Path) -> Any:
    """Read an index into memory, where it can be changed.

    Raises:
        CollectionDamaged: missing, cut short, or not an index.
    """
    return _read(path, 0)


def _read(path: Path, flags: int) -> Any:
    try:
        return faiss.read_index(str(path), flags)
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise CollectionDamaged(f"{path}: not a whole FAISS index: {reason}") from error

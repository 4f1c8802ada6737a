"""Writing so that a crash leaves the old or the new, never half of one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_TEMPORARY_SUFFIX = ".partial"


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let ``write`` fill a temporary file, make it durable, and give it its name.

    Raises:
        OSError: it can't be written; what the path held before is untouched.
    """
    temporary = temporary_beside(path)
    try:
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename == str(temporary):
            # A user knows the name that the file is to have.
            error.filename = str(path)
        raise
    sync_folder(path.parent)


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file that never changes a second name, or copy it where that can't be done.

    Raises:
        OSError: neither can be done.
    """
    try:
        os.link(source, target)
    except OSError:
        # Some network file systems have no links.
        shutil.copyfile(source, target)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A name to write to; it becomes ``path`` once all of it is there.

    For what people take away: unlike ``write_atomically`` it doesn't wait for the disk.
    """
    partial = temporary_beside(path)
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def temporary_beside(path: Path) -> Path:
    """Return the name that ``path`` has while it is being written."""
    return path.with_name(f".{path.name}.{os.getpid()}{_TEMPORARY_SUFFIX}")


def temporaries_in(folder: Path) -> list[Path]:
    """Return what is being written in the folder, or was when a writer died."""
    return sorted(folder.glob(f".*{_TEMPORARY_SUFFIX}"))


def sync_file(path: Path) -> None:
    """Make what a file holds durable."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

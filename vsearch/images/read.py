"""Reading a catalogue's local pictures: never outside its folder, never a device or a pipe."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vsearch.errors import ImageRejected

MEBIBYTE = 2**20
MAX_FILE_BYTES = 256 * MEBIBYTE

# Opening a pipe without O_NONBLOCK waits for a writer. Windows has no such flag, but has
# one against translating line ends.
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What a file looks like without reading it: while it stays, the content is taken to stay."""

    size: int
    """In bytes."""

    mtime_ns: int
    """When it was last written, in nanoseconds since 1970."""


def stamp_local(root: Path, location: str) -> FileStamp:
    """Look at a picture's file without opening it. Take the stamp before reading the file.

    Args:
        root: the feed's folder.
        location: a path relative to it, ``/``-separated.

    Raises:
        ImageRejected: it is outside of ``root`` (links followed), missing, no regular file,
            or larger than ``MAX_FILE_BYTES``.
    """
    with _reasons():
        status = _locate(root, location).stat()
        _require_usable(status)
    return FileStamp(size=status.st_size, mtime_ns=status.st_mtime_ns)


def read_local(root: Path, location: str) -> bytes:
    """Read a picture's file.

    Args:
        root: the feed's folder.
        location: a path relative to it, ``/``-separated.

    Raises:
        ImageRejected: as ``stamp_local``, or it can't be read.
    """
    with _reasons():
        return _read(_locate(root, location))


def read_file(path: Path) -> bytes:
    """Read an image file that the user named, wherever it is.

    Raises:
        ImageRejected: it is missing, no regular file, larger than ``MAX_FILE_BYTES``, or
            can't be read.
    """
    with _reasons():
        return _read(path)


def _locate(root: Path, location: str) -> Path:
    real_root = root.resolve()
    path = (real_root / location).resolve()
    if not path.is_relative_to(real_root):
        raise ImageRejected("leads outside the feed's folder")
    return path


def _read(path: Path) -> bytes:
    # Checked before it is opened, since opening a device can have an effect by itself, and
    # again once it is open, since another file may have taken its place.
    _require_usable(path.stat())
    with os.fdopen(os.open(path, _OPEN_FLAGS), "rb") as file:
        _require_usable(os.fstat(file.fileno()))
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise _too_large()
    return data


def _require_usable(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise ImageRejected("is a folder, not a file")
    if not stat.S_ISREG(status.st_mode):
        raise ImageRejected("is a pipe, socket or device, not a file")
    if status.st_size > MAX_FILE_BYTES:
        raise _too_large()


def _too_large() -> ImageRejected:
    return ImageRejected(f"larger than {MAX_FILE_BYTES // MEBIBYTE} MiB")


@contextmanager
def _reasons() -> Iterator[None]:
    """Turn what the operating system says into a reason."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ImageRejected("no such file") from error
    except PermissionError as error:
        raise ImageRejected("no permission to read it") from error
    except OSError as error:
        raise ImageRejected(f"can't be read: {error.strerror or error}") from error
    except ValueError as error:  # a NUL or half a surrogate pair in the name
        raise ImageRejected("not a usable file name") from error
    except RuntimeError as error:  # how pathlib reports links in a circle, before Python 3.13
        raise ImageRejected("a link that leads to itself") from error

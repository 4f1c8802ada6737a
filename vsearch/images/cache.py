"""Downloaded pictures on disk, named by their content."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from vsearch.errors import StorageError
from vsearch.images.content import content_hash


class ContentCache:
    """A folder of files ``ab/abcdef….bin``. Safe to share between threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, content: str) -> bytes | None:
        """Return the bytes with this content hash; None where they aren't there whole.

        Raises:
            StorageError: the file is there and can't be read.
        """
        path = self._path(content)
        try:
            data = path.read_bytes()
            if content_hash(data) == content:
                return data
            # A power cut can leave a file that has its name but not its content.
            path.unlink(missing_ok=True)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _storage_error(path, error) from error
        return None

    def store(self, data: bytes) -> str:
        """Keep the bytes, unless they are there already, and return their content hash.

        Raises:
            StorageError: the disk is full, or the folder can't be written.
        """
        content = content_hash(data)
        path = self._path(content)
        try:
            if not (path.exists() and path.stat().st_size == len(data)):
                _write_whole(path, data)
        except OSError as error:
            raise _storage_error(path, error) from error
        return content

    def _path(self, content: str) -> Path:
        return self._folder / content[:2] / f"{content}.bin"


def _write_whole(path: Path, data: bytes) -> None:
    """Write so that the file has either all of its content or doesn't exist."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _storage_error(path: Path, error: OSError) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(f"{path}: the disk is full; free some space and run it again")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return StorageError(f"{path}: the folder can't be written; check its permissions")
    return StorageError(f"{path}: {error.strerror or error}")

"""What a full disk or a read-only folder means to a user."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vsearch.errors import StorageError

_REMEDIES = {
    errno.ENOSPC: "the disk is full; what was stored before is kept: free some space and run"
    " the command again",
    errno.EDQUOT: "the disk quota is used up; what was stored before is kept: free some space"
    " and run the command again",
    errno.EROFS: "the file system is read-only; give another place with --collection",
    errno.EACCES: "permission denied; give another place with --collection, or run as its owner",
    errno.EPERM: "permission denied; give another place with --collection, or run as its owner",
    errno.ENOTDIR: "a file is in the way where a folder is needed",
    errno.EEXIST: "a file is in the way where a folder is needed",
    errno.EISDIR: "a folder is in the way where a file is needed",
    errno.ENOENT: "its folder does not exist",
}


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn an OSError that a user can do something about into a StorageError.

    Args:
        path: what is being written, where the error itself names no file.
    """
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0)
        if remedy is None:
            raise
        raise StorageError(f"{error.filename or path}: {remedy}") from error

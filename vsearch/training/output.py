"""Where an encoder file is to be written: asked before hours are spent on what goes there."""

from __future__ import annotations

from pathlib import Path

from vsearch.errors import TrainingError
from vsearch.storage import storage_errors


def require_output(path: Path) -> None:
    """See that a file can be put there; its folder is made.

    Raises:
        TrainingError: a folder has that name.
        StorageError: its folder can't be made.
    """
    if path.is_dir():
        raise TrainingError(f"{path}: a folder; name a file to write")
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)

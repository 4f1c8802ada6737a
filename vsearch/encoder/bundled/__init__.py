"""The encoder that comes with vsearch: one encoder file in this folder, and where it is."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from vsearch.errors import WeightsError

NAME = "vsearch-vit-tiny-1"
"""Of the file, less its suffix."""


def bundled_file() -> Path:
    """Where the bundled encoder's file is.

    Raises:
        WeightsError: this installation hasn't got it.
    """
    path = Path(str(files(__name__) / f"{NAME}.safetensors"))
    if not path.is_file():
        raise WeightsError(
            f"{path}: the bundled encoder is missing from this installation; install vsearch"
            " again, or name another encoder with --encoder or --weights"
        )
    return path

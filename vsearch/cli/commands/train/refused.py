"""Names the pictures that a training or a comparison has to do without."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vsearch.cli.output import note

_SHOWN = 10


def note_refused(refused: Sequence[tuple[Path, str]], what: str) -> None:
    """Name the first ones with the reason, and say how many there are.

    Args:
        refused: paths and reasons.
        what: is the matter with them, and what became of them.
    """
    for path, reason in refused[:_SHOWN]:
        note(f"skipped {path}: {reason}")
    if refused:
        note(f"{len(refused)} pictures {what}")

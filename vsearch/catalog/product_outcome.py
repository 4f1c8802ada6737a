"""What became of a product that was put."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What became of a product that was put."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"

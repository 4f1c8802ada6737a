"""What became of products that were to be removed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Removal:
    """What became of the SKUs that were to be removed."""

    removed: tuple[str, ...]
    unknown: tuple[str, ...]
    """No product has them."""

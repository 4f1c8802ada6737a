"""What came of finding neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Found:
    """Where the neighbours are, and what was done for them."""

    folder: Path
    products: int
    searched: int
    """Of how many products the neighbours were searched for; those of the others could be told
    from what was known."""
    recall: float
    """The share of the true neighbours that is found: measured on a sample when all were found
    the last time. 1 where everything was compared with everything."""
    same_from: float
    """The cosine from which two pictures count as one."""

"""``index.json``: what a saved index says of itself."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from vsearch.errors import CollectionDamaged

FILE = "index.json"


@dataclass(frozen=True, slots=True)
class Description:
    """Enough to choose the class that opens the folder, and to notice mixed-up files."""

    kind: str
    """``exact``, ``hnsw`` or ``ivf``."""

    dim: int
    """Length of an embedding."""

    size: int
    """How many embeddings can be found."""

    parameters: dict[str, int] = field(default_factory=dict)
    """What the kind needs beside its files."""

    def write(self, folder: Path) -> None:
        """Write it into the folder of a saved index."""
        text = json.dumps(asdict(self), indent=2)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Description:
        """Read it from the folder of a saved index.

        Raises:
            CollectionDamaged: missing, or not what ``write`` writes.
        """
        path = folder / FILE
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                kind=str(fields["kind"]),
                dim=int(fields["dim"]),
                size=int(fields["size"]),
                parameters={str(name): int(value) for name, value in fields["parameters"].items()},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CollectionDamaged(
                f"{path}: not the description of an index: {error!r}"
            ) from error

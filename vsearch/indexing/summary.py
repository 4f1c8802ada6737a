"""What a run did, for people and machines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row of the feed that was skipped."""

    file: str
    row: int
    field: str
    problem: str
    raw: str
    """The row as JSON of its columns."""

    def __str__(self) -> str:
        return f"{self.file}:{self.row}: {self.field}: {self.problem}"


@dataclass(frozen=True, slots=True)
class RejectedImage:
    """An image that can't be used; its product is kept."""

    location: str
    """The path, or the URL."""
    reason: str

    def __str__(self) -> str:
        return f"{self.location}: {self.reason}"


@dataclass(slots=True)
class ProductCounts:
    """Products of the feed by what became of them."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    rejected: int = 0
    """Rows that were skipped."""

    @property
    def listed(self) -> int:
        """Products that the feed lists."""
        return self.added + self.changed + self.unchanged


@dataclass(slots=True)
class ImageCounts:
    """Image locations that the feed's products show, by what became of them."""

    encoded: int = 0
    """Content that no one had encoded before."""
    reused: int = 0
    """Read anew, but the content was encoded before: renamed or listed twice."""
    unchanged: int = 0
    """Not even read: the file or URL is as it was."""
    rejected: int = 0
    outdated: int = 0
    """Can't be read any more; the last known picture stays in use."""
    to_read: int = 0
    """Of a dry run: new or changed, to be read and perhaps encoded."""

    @property
    def total(self) -> int:
        """All of them."""
        return (
            self.encoded
            + self.reused
            + self.unchanged
            + self.rejected
            + self.outdated
            + self.to_read
        )


@dataclass(frozen=True, slots=True)
class StageTime:
    """How long one stage took."""

    name: str
    seconds: float
    done: int
    unit: str

    @property
    def rate(self) -> float:
        """How much was done each second; 0 where nothing was."""
        return self.done / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class IndexSummary:
    """What one run of ``index`` did."""

    feed: str
    format: str
    dry_run: bool
    encoder: str
    products: ProductCounts = field(default_factory=ProductCounts)
    images: ImageCounts = field(default_factory=ImageCounts)
    stages: list[StageTime] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    """How often each thing was wrong: a row's field, an image's reason."""
    notes: list[str] = field(default_factory=list)
    """What had to be assumed, a sentence each."""
    index_kind: str = ""
    index_size: int = 0
    """Embeddings that can be found now."""
    generation: int = 0
    published: bool = False
    """Whether this run made a new generation."""

"""What the catalogue knows of images: frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SourceStatus(StrEnum):
    """How far an image location has come."""

    PENDING = "pending"
    """Never read."""
    OK = "ok"
    """Read and decoded; its content is an image with an id."""
    REJECTED = "rejected"
    """Can't be used; the reason is beside it. It is tried again in every run."""


@dataclass(frozen=True, slots=True)
class ImageSource:
    """One place that a feed names as an image, and what was found there."""

    source_id: int
    root: str
    """The folder that a relative location starts from."""
    location: str
    status: SourceStatus
    reason: str
    size: int | None
    """Of the file when it was last read, in bytes."""
    mtime_ns: int | None
    """Of the file when it was last read."""
    etag: str
    last_modified: str
    content_hash: str
    """What was found there; empty where nothing was."""
    is_encoded: bool
    """Whether the encoder at hand has encoded that content."""


@dataclass(frozen=True, slots=True)
class FoundImage:
    """What reading a source brought, to be recorded."""

    source_id: int
    content_hash: str
    size: int
    """Of the content, in bytes."""
    width: int
    height: int
    mtime_ns: int | None = None
    """None behind a URL."""
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class RejectedSource:
    """A source that can't be used, to be recorded."""

    source_id: int
    reason: str
    size: int | None
    """Of the file that was read, in bytes; None where there was none, or behind a URL."""
    mtime_ns: int | None
    """As above."""

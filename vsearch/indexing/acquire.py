"""From an image's location to its content, and to the pixels that the encoder asks for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vsearch.catalog.image_records import FoundImage, ImageSource, SourceStatus
from vsearch.catalog.product import is_url
from vsearch.encoder.interface import Encoder, Pixels
from vsearch.errors import ImageRejected
from vsearch.images.content import content_hash
from vsearch.images.decode import decode, measure
from vsearch.images.download import NotModified
from vsearch.images.fetch import ImageFetcher
from vsearch.images.read import FileStamp, read_local, stamp_local


class KnownContent(Protocol):
    """Tells which content has been encoded before."""

    def __contains__(self, content: str) -> bool:
        """Whether the image with this content hash has an embedding."""


@dataclass(frozen=True, slots=True)
class Acquired:
    """A source that could be read."""

    found: FoundImage
    pixels: Pixels | None
    """What is to be encoded; None where the content's embedding is there already."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A source that could not."""

    source: ImageSource
    reason: str
    keeps_image: bool
    """Whether its last known picture stays in use: the file is gone or the server is silent,
    but nothing says that the product looks different now."""


@dataclass(frozen=True, slots=True)
class _Content:
    data: bytes
    mtime_ns: int | None
    etag: str
    last_modified: str


def is_settled(source: ImageSource, *, refresh: bool) -> bool:
    """Whether a source needn't be read: it was, its content is encoded, and it is as it was.

    Args:
        source: what the catalogue knows.
        refresh: whether a URL is to be asked again; a file always is, by size and time.
    """
    if source.status is not SourceStatus.OK or not source.is_encoded:
        return False
    if is_url(source.location):
        return not refresh
    try:
        return stamp_local(Path(source.root), source.location) == FileStamp(
            source.size or 0, source.mtime_ns or 0
        )
    except ImageRejected:
        return False


class Acquirer:
    """Reads sources; shared by many threads."""

    def __init__(
        self, encoder: Encoder, fetcher: ImageFetcher, known: KnownContent, *, max_pixels: int
    ) -> None:
        self._encoder = encoder
        self._fetcher = fetcher
        self._known = known
        self._max_pixels = max_pixels

    def acquire(self, source: ImageSource) -> Acquired | Refused:
        """Read a source, hash it and, where its content is new, decode and resize it."""
        try:
            content = self._fetch(source) if is_url(source.location) else _read(source)
        except ImageRejected as rejected:
            keeps = source.status is SourceStatus.OK and source.is_encoded
            return Refused(source, rejected.reason, keeps_image=keeps)
        try:
            return self._prepare(source, content)
        except ImageRejected as rejected:
            return Refused(source, rejected.reason, keeps_image=False)

    def _fetch(self, source: ImageSource) -> _Content:
        etag, last_modified = source.etag, source.last_modified
        cached = self._fetcher.load_cached(source.content_hash) if source.content_hash else None
        if cached is not None and source.status is SourceStatus.OK and not source.is_encoded:
            # Only the encoder is new: what was downloaded will do.
            return _Content(cached, None, etag, last_modified)
        known = (etag or None, last_modified or None) if cached is not None else (None, None)
        answer = self._fetcher.fetch(source.location, etag=known[0], last_modified=known[1])
        if isinstance(answer, NotModified):
            return _Content(cached or b"", None, etag, last_modified)
        return _Content(answer.data, None, answer.etag or "", answer.last_modified or "")

    def _prepare(self, source: ImageSource, content: _Content) -> Acquired:
        hashed = content_hash(content.data)
        pixels = None
        if hashed not in self._known:
            image = decode(
                content.data, max_pixels=self._max_pixels, min_side=self._encoder.min_side
            )
            pixels = self._encoder.prepare(image)
        width, height = measure(content.data)
        found = FoundImage(
            source_id=source.source_id,
            content_hash=hashed,
            size=len(content.data),
            width=width,
            height=height,
            mtime_ns=content.mtime_ns,
            etag=content.etag,
            last_modified=content.last_modified,
        )
        return Acquired(found, pixels)


def _read(source: ImageSource) -> _Content:
    root = Path(source.root)
    # The stamp first: a file that changes in between is read again in the next run.
    before = stamp_local(root, source.location)
    return _Content(read_local(root, source.location), before.mtime_ns, "", "")

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
class Settled:
    """A source that needn't be read."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A source that can't be used."""

    source: ImageSource
    reason: str
    stamp: FileStamp | None
    """Of the file that was refused; None where there is none, and it is looked at again."""
    keeps_image: bool
    """Whether its last known picture stays in use: the file is gone or the server is silent,
    but nothing says that the product looks different now."""

    @property
    def explanation(self) -> str:
        """The reason, and what it means for the product."""
        return self.reason + ("; its last known picture stays in use" if self.keeps_image else "")


@dataclass(frozen=True, slots=True)
class Content:
    """What was read at a source."""

    data: bytes
    mtime_ns: int | None = None
    """Of a file."""
    etag: str = ""
    last_modified: str = ""
    """Both of what came from a server."""


def judge(source: ImageSource, *, refresh: bool, max_pixels: int) -> Settled | Refused | None:
    """What can be said of a source without an encoder.

    Args:
        source: what the catalogue knows.
        refresh: whether to read it again in any case.
        max_pixels: the bound on what is decoded.

    Returns:
        ``Settled`` where it is as it was when it was read and its content is encoded;
        ``Refused`` where its file is gone, or was refused and still is; None where it has to
        be read.
    """
    is_usable = source.status is SourceStatus.OK and source.is_encoded
    if is_url(source.location):
        return Settled() if is_usable and not refresh else None
    try:
        now = stamp_local(Path(source.root), source.location)
    except ImageRejected as rejected:
        return Refused(source, rejected.reason, None, keeps_image=is_usable)
    if refresh or (now.size, now.mtime_ns) != (source.size, source.mtime_ns):
        return None
    if source.status is SourceStatus.REJECTED:
        return _refuse_again(source, now, max_pixels)
    return Settled() if is_usable else None


def _refuse_again(source: ImageSource, now: FileStamp, max_pixels: int) -> Refused | None:
    """Try a refused file once more: a limit may have been raised, a format become known.

    Here and not beside the encoder, so that one bad file doesn't have an encoder loaded in
    every run.
    """
    try:
        decode(read_local(Path(source.root), source.location), max_pixels=max_pixels)
    except ImageRejected as rejected:
        return Refused(source, rejected.reason, now, keeps_image=False)
    return None


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
        stamp = None
        try:
            if is_url(source.location):
                content = self._fetch(source)
            else:
                root = Path(source.root)
                # The stamp first: a file that changes in between is read again the next time.
                stamp = stamp_local(root, source.location)
                content = Content(read_local(root, source.location), stamp.mtime_ns)
        except ImageRejected as rejected:
            keeps = source.status is SourceStatus.OK and source.is_encoded
            return Refused(source, rejected.reason, None, keeps_image=keeps)
        try:
            return self.prepare(source.source_id, content)
        except ImageRejected as rejected:
            return Refused(source, rejected.reason, stamp, keeps_image=False)

    def _fetch(self, source: ImageSource) -> Content:
        etag, last_modified = source.etag, source.last_modified
        cached = self._fetcher.load_cached(source.content_hash) if source.content_hash else None
        if cached is not None and source.status is SourceStatus.OK and not source.is_encoded:
            # Only the encoder is new: what was downloaded will do.
            return Content(cached, None, etag, last_modified)
        known = (etag or None, last_modified or None) if cached is not None else (None, None)
        answer = self._fetcher.fetch(source.location, etag=known[0], last_modified=known[1])
        if isinstance(answer, NotModified):
            return Content(cached or b"", None, etag, last_modified)
        return Content(answer.data, None, answer.etag or "", answer.last_modified or "")

    def prepare(self, source_id: int, content: Content) -> Acquired:
        """Hash what was read and, where it is new, decode and resize it.

        Raises:
            ImageRejected: it isn't an image that can be used.
        """
        hashed = content_hash(content.data)
        pixels = None
        if hashed not in self._known:
            image = decode(
                content.data, max_pixels=self._max_pixels, min_side=self._encoder.min_side
            )
            pixels = self._encoder.prepare(image)
        width, height = measure(content.data)
        found = FoundImage(
            source_id=source_id,
            content_hash=hashed,
            size=len(content.data),
            width=width,
            height=height,
            mtime_ns=content.mtime_ns,
            etag=content.etag,
            last_modified=content.last_modified,
        )
        return Acquired(found, pixels)

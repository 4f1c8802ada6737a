"""The pictures of products that are put: read, checked and embedded before anything is locked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from vsearch.catalog.image_records import FoundImage, ImageSource, SourceStatus
from vsearch.catalog.product import Product, is_url
from vsearch.encoder.interface import Encoder, Pixels
from vsearch.encoder.prefetch import prefetch
from vsearch.errors import ImageRejected
from vsearch.index.embeddings import EmbeddingStore
from vsearch.indexing.acquire import Acquired, Acquirer, Content, Refused
from vsearch.indexing.changes import ProductChange
from vsearch.indexing.fetching import image_fetcher
from vsearch.indexing.summary import RejectedImage
from vsearch.indexing.uploads import upload_location
from vsearch.layout import Layout
from vsearch.settings import Settings


@dataclass(slots=True)
class PreparedChange:
    """One product with all that is known of its pictures."""

    product: Product
    locations: tuple[str, ...] | None
    """Where its images are to be, in the feed ``api``; None keeps those that it has."""
    found: dict[str, FoundImage] = field(default_factory=dict)
    """What was read, by location; the id of its source is yet to be known."""
    unusable: dict[str, str] = field(default_factory=dict)
    """Why nothing can be had from a URL, by URL."""
    rejected: list[RejectedImage] = field(default_factory=list)
    """The same for people, pictures that came as bytes among them."""
    uploads: dict[str, bytes] = field(default_factory=dict)
    """Files to be kept, by location."""


@dataclass(slots=True)
class PreparedPut:
    """Several products, and the embeddings that the collection hasn't yet."""

    backbone: str
    """The fingerprint of what made the embeddings."""
    changes: list[PreparedChange]
    embeddings: dict[str, npt.NDArray[np.float32]] = field(default_factory=dict)
    """(backbone_dim,) float32, by content hash."""

    @classmethod
    def without_pictures(cls, backbone: str, changes: Sequence[ProductChange]) -> Self:
        """Products none of which has any picture to be read."""
        return cls(
            backbone,
            [PreparedChange(one.product, None if one.pictures is None else ()) for one in changes],
        )


@dataclass(frozen=True, slots=True)
class _Picture:
    change: PreparedChange
    picture: bytes | str
    name: str
    """For people."""
    location: str


class PicturePreparer:
    """Reads and embeds the pictures of one put."""

    def __init__(
        self, layout: Layout, settings: Settings, encoder: Encoder, store: EmbeddingStore
    ) -> None:
        self._encoder = encoder
        self._store = store
        self._workers = encoder.decoders
        self._url_workers = settings.download_workers
        self._fetcher = image_fetcher(layout, settings)
        self._acquirer = Acquirer(encoder, self._fetcher, store, max_pixels=settings.max_pixels)
        self._waiting: dict[str, Pixels] = {}

    def prepare(
        self, changes: Sequence[ProductChange], known: Mapping[str, ImageSource]
    ) -> PreparedPut:
        """Read every picture once, and embed what is new.

        Args:
            changes: what is asked for; their products are checked.
            known: what the catalogue knows of the URLs among the pictures. One that was read
                and embedded before isn't asked for again.

        Raises:
            StorageError: what came from an address can't be kept.
        """
        prepared = PreparedPut(self._encoder.backbone_fingerprint, [])
        with ExitStack() as stack:
            pictures = list(self._pictures(changes, prepared))
            workers = self._workers
            if any(is_url(one.location) for one in pictures):
                stack.enter_context(self._fetcher)
                workers += self._url_workers
            results = prefetch(
                lambda one: (one, self._read(one, known)),
                pictures,
                workers=min(workers, max(1, len(pictures))),
                ahead=2 * workers + self._encoder.batch_size,
            )
            stack.callback(results.close)
            for one, result in results:
                self._take(one, result, prepared)
            self._embed(prepared)
        return prepared

    def _pictures(
        self, changes: Sequence[ProductChange], prepared: PreparedPut
    ) -> Iterator[_Picture]:
        for wanted in changes:
            if wanted.pictures is None:
                prepared.changes.append(PreparedChange(wanted.product, None))
                continue
            change = PreparedChange(wanted.product, ())
            prepared.changes.append(change)
            locations: dict[str, None] = {}
            for number, picture in enumerate(wanted.pictures, start=1):
                name = picture if isinstance(picture, str) else f"picture {number}"
                try:
                    location = _location(picture)
                except ImageRejected as rejected:
                    change.rejected.append(RejectedImage(name, rejected.reason))
                    continue
                if location not in locations:
                    locations[location] = None
                    yield _Picture(change, picture, name, location)
            change.locations = tuple(locations)

    def _read(
        self, one: _Picture, known: Mapping[str, ImageSource]
    ) -> Acquired | Refused | ImageRejected | None:
        if isinstance(one.picture, bytes):
            try:
                return self._acquirer.prepare(0, Content(one.picture))
            except ImageRejected as rejected:
                return rejected
        source = known.get(one.location)
        if source is None:
            source = _new_source(one.location)
        elif source.status is SourceStatus.OK and source.is_encoded:
            return None
        return self._acquirer.acquire(source)

    def _take(
        self,
        one: _Picture,
        result: Acquired | Refused | ImageRejected | None,
        prepared: PreparedPut,
    ) -> None:
        change = one.change
        match result:
            case Acquired(found, pixels):
                change.found[one.location] = found
                if isinstance(one.picture, bytes):
                    change.uploads[one.location] = one.picture
                if pixels is not None and found.content_hash not in prepared.embeddings:
                    self._waiting[found.content_hash] = pixels
                    if len(self._waiting) >= self._encoder.batch_size:
                        self._embed(prepared)
            case Refused():
                change.rejected.append(RejectedImage(one.name, result.explanation))
                if not result.keeps_image:
                    change.unusable[one.location] = result.reason
            case ImageRejected():
                change.rejected.append(RejectedImage(one.name, result.reason))
                change.locations = tuple(at for at in change.locations or () if at != one.location)

    def _embed(self, prepared: PreparedPut) -> None:
        waiting, self._waiting = self._waiting, {}
        if waiting:
            embeddings = self._encoder.embed_backbone(np.stack(list(waiting.values())))
            prepared.embeddings.update(zip(waiting, embeddings, strict=True))


def _location(picture: bytes | str) -> str:
    if isinstance(picture, bytes):
        return upload_location(picture)
    if not is_url(picture):
        # What a service is told must not lead it to its own files.
        raise ImageRejected("neither the bytes of an image nor an http(s) URL")
    return picture


def _new_source(url: str) -> ImageSource:
    return ImageSource(0, "", url, SourceStatus.PENDING, "", None, None, "", "", "", False)

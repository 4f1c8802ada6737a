"""From the pictures of queries to embeddings: opened a few at a time, each encoded once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from math import ceil
from time import perf_counter

from PIL import Image

from vsearch.catalog.product import is_url
from vsearch.encoder.decoders import decoding_threads
from vsearch.encoder.interface import Embeddings, Encoder, ImageInput, Pixels
from vsearch.errors import ImageRejected, QueryError
from vsearch.images.content import content_hash
from vsearch.images.decode import measure
from vsearch.images.load import open_image
from vsearch.searching.embedding_cache import EmbeddingCache
from vsearch.searching.photo import at_hand, name_of
from vsearch.searching.query import Example
from vsearch.searching.serving import ServingOptions
from vsearch.settings import Settings

#: Of a part this small every pixel counts; the inverse of a smaller number may be infinite.
_SMALLEST_SHARE = 1e-6

#: An open picture takes up to 16 bytes a pixel while it is converted.
_LARGE_PIXELS = 16_000_000
_LARGE_AT_ONCE = 2


class QueryPictures:
    """Reads, opens and embeds the pictures that queries bring. Thread-safe.

    However many ask, there are never more pictures in full size than there are lanes to encode
    them, one or two of them of more than 16 megapixels, and as many again that are looked at
    part by part.
    """

    def __init__(self, settings: Settings, serving: ServingOptions | None) -> None:
        self._settings = settings
        options = serving or ServingOptions(cached_embeddings=0)
        self._observe = options.observe
        self._cache = EmbeddingCache(options.cached_embeddings, options.observe_cached)
        # Two at least, or one large picture would keep all others waiting.
        turns = max(2, options.lanes or decoding_threads())
        self._opening = threading.Semaphore(turns)
        # One turn stays free for the others.
        self._opening_large = threading.Semaphore(min(_LARGE_AT_ONCE, turns - 1))
        self._studying = threading.Semaphore(turns)

    def read(self, example: Example) -> ImageInput | None:
        """An example's image, read from wherever it is; None where it hasn't one.

        Raises:
            ImageRejected: it can't be had.
        """
        image = example.image
        if image is None:
            return None
        started = perf_counter()
        try:
            read = at_hand(image, self._settings)
        except ImageRejected as rejected:
            raise ImageRejected(rejected.reason, name_of(image)) from rejected
        if isinstance(image, str) and is_url(image):
            self._observe("fetch", perf_counter() - started)
        return read

    def embed(self, encoder: Encoder, example: Example, image: ImageInput) -> Embeddings:
        """Embed what is meant of an image that ``read`` gave: (1, dim), not to be written to.

        Raises:
            ImageRejected: it can't be read.
            QueryError: the part that is meant lies outside of it.
            Overloaded: too many pictures wait to be encoded.
        """
        if not isinstance(image, bytes):
            return self._embed(encoder, example, image)
        key = (encoder.fingerprint, content_hash(image), example.box)
        return self._cache.get(key, lambda: self._embed(encoder, example, image))

    def picture(self, example: Example, *, min_side: int | None = None) -> Image.Image:
        """What is meant of an example's image: an upright RGB picture.

        Args:
            example: has an image.
            min_side: as for ``decode``: what the short side is reduced to later.

        Raises:
            ImageRejected: it can't be had or read.
            QueryError: it has none, or the part that is meant lies outside of it.
        """
        image = self.read(example)
        if image is None:
            raise QueryError("a picture is needed; this example has none")
        return self._opened(example, image, min_side)

    @contextmanager
    def studying(self) -> Iterator[None]:
        """Wait for a turn to keep pictures open for as long as the block lasts."""
        with self._studying:
            yield

    def _embed(self, encoder: Encoder, example: Example, image: ImageInput) -> Embeddings:
        return encoder.encode_prepared(self._prepared(encoder, example, image)[None])

    @contextmanager
    def _turn(self, image: ImageInput) -> Iterator[None]:
        # The large ones wait first, so that the others pass them by.
        with self._opening_large if _is_large(image) else nullcontext(), self._opening:
            yield

    def _prepared(self, encoder: Encoder, example: Example, image: ImageInput) -> Pixels:
        started = perf_counter()
        with self._turn(image):
            prepared = encoder.prepare(self._opened(example, image, encoder.min_side))
        self._observe("decode", perf_counter() - started)
        return prepared

    def _opened(self, example: Example, image: ImageInput, min_side: int | None) -> Image.Image:
        box = example.box
        if box is not None and min_side is not None:
            # A JPEG may be decoded at a fraction of its size, as long as the part stays large.
            share = max(min(box.width, box.height), _SMALLEST_SHARE)
            min_side = ceil(min_side / share) if box.is_relative else None
        try:
            picture = open_image(image, max_pixels=self._settings.max_pixels, min_side=min_side)
        except ImageRejected as rejected:
            raise ImageRejected(rejected.reason, name_of(example.image)) from rejected
        return picture if box is None else box.cut(picture)


def _is_large(image: ImageInput) -> bool:
    if not isinstance(image, bytes):
        return False
    try:
        width, height = measure(image)
    except ImageRejected:  # for reasons that are told when it is opened
        return False
    return width * height > _LARGE_PIXELS

"""An encoder for many callers at once: what they bring is embedded in common batches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from vsearch.encoder.batch_queue import BatchQueue, Observe, ObserveBatch
from vsearch.encoder.decoders import decoding_threads
from vsearch.encoder.head import Head
from vsearch.encoder.interface import Embeddings, Encoder, EncoderSpec, ImageInput, Pixels
from vsearch.encoder.patch_tokens import PatchTokens
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.encoder.texts import TextEncoder
from vsearch.errors import EncoderError

#: On a CPU, of a batch that keeps it busy: larger ones give no more a second, and let everybody
#: in them wait for the last one.
_CPU_SHARE = 4


class BatchingEncoder:
    """The same embeddings as the encoder within, which one device makes for many threads.

    On a CPU one lane a core works by itself: two batches side by side give 1.2 times what one
    batch spread over two cores gives. Everything that needs the device goes through the lanes,
    patches and texts too.
    """

    def __init__(
        self,
        encoder: Encoder,
        *,
        queue_size: int,
        lanes: int | None = None,
        observe: Observe = lambda _stage, _seconds: None,
        observe_batch: ObserveBatch = lambda _pictures, _waiting: None,
    ) -> None:
        """Wrap an encoder, which may be used beside it.

        Args:
            encoder: makes the embeddings.
            queue_size: how many pictures may wait; with more ``Overloaded`` is raised.
            lanes: how many batches are made at the same time, each by one thread on a CPU; None
                for one a core, and for one on any other device.
            observe: told what each picture spent in a stage: ``queue`` or ``encode``, seconds.
            observe_batch: told of each batch: its pictures, and how many things still wait.
        """
        self._encoder = encoder
        on_cpu = encoder.device == "cpu"
        self._queue = BatchQueue(
            encoder.encode_prepared,
            batch_size=max(1, encoder.batch_size // (_CPU_SHARE if on_cpu else 1)),
            lanes=lanes or (decoding_threads() if on_cpu else 1),
            size=queue_size,
            prepare_lane=_work_alone if on_cpu else _as_it_is,
            observe=observe,
            observe_batch=observe_batch,
        )

    @property
    def name(self) -> str:
        """As the encoder within."""
        return self._encoder.name

    @property
    def spec(self) -> EncoderSpec:
        """As the encoder within."""
        return self._encoder.spec

    @property
    def fingerprint(self) -> str:
        """As the encoder within: a batch changes an embedding less than a device does."""
        return self._encoder.fingerprint

    @property
    def dim(self) -> int:
        """As the encoder within."""
        return self._encoder.dim

    @property
    def head(self) -> Head | None:
        """As the encoder within."""
        return self._encoder.head

    @property
    def backbone_fingerprint(self) -> str:
        """As the encoder within."""
        return self._encoder.backbone_fingerprint

    @property
    def backbone_dim(self) -> int:
        """As the encoder within."""
        return self._encoder.backbone_dim

    @property
    def preprocessing(self) -> Preprocessing:
        """As the encoder within."""
        return self._encoder.preprocessing

    @property
    def min_side(self) -> int:
        """As the encoder within."""
        return self._encoder.min_side

    @property
    def device(self) -> str:
        """As the encoder within."""
        return self._encoder.device

    @property
    def batch_size(self) -> int:
        """As the encoder within."""
        return self._encoder.batch_size

    @property
    def decoders(self) -> int:
        """As the encoder within."""
        return self._encoder.decoders

    def prepare(self, image: Image.Image) -> Pixels:
        """Resize and crop an upright RGB image, in the calling thread."""
        return self._encoder.prepare(image)

    def encode_prepared(self, pixels: npt.NDArray[np.uint8]) -> Embeddings:
        """Embed (n, height, width, 3) uint8 from ``prepare``, in batches with other callers'.

        Raises:
            Overloaded: too many pictures wait already.
            EncoderError: it is closed.
            ValueError: the pixels have another shape or dtype.
        """
        return self._queue.embed(pixels)

    def embed_backbone(self, pixels: npt.NDArray[np.uint8]) -> Embeddings:
        """As the encoder within, when its turn has come."""
        return self._queue.run(partial(self._encoder.embed_backbone, pixels))

    def encode(self, images: Iterable[ImageInput], *, batch_size: int | None = None) -> Embeddings:
        """As the encoder within, when its turn has come: it has batches of its own."""
        return self._queue.run(partial(self._encoder.encode, images, batch_size=batch_size))

    def patches(self, image: Image.Image, *, depth: float = 1.0) -> PatchTokens:
        """As the encoder within, when its turn has come."""
        return self._queue.run(partial(self._encoder.patches, image, depth=depth))

    def whole_patches(
        self, image: Image.Image, *, depth: float = 1.0, scale: int = 1
    ) -> PatchTokens:
        """As the encoder within, when its turn has come."""
        work = partial(self._encoder.whole_patches, image, depth=depth, scale=scale)
        return self._queue.run(work)

    @property
    def takes_texts(self) -> bool:
        """Whether the encoder within has a text tower."""
        return isinstance(self._encoder, TextEncoder) and self._encoder.takes_texts

    def encode_texts(self, texts: Sequence[str]) -> Embeddings:
        """As the encoder within, when its turn has come.

        Raises:
            EncoderError: it has no text tower, or that can't be loaded.
        """
        if not isinstance(self._encoder, TextEncoder):
            raise EncoderError(f"{self.name}: has no text tower")
        return self._queue.run(partial(self._encoder.encode_texts, texts))

    def close(self) -> None:
        """End the lanes' threads; what still waits fails with an ``EncoderError``."""
        self._queue.close()


def _work_alone() -> None:
    """Let a lane use one core: the others have lanes of their own."""
    torch.set_num_threads(1)


def _as_it_is() -> None:
    pass

"""What the rest of vsearch knows of an encoder: pictures in, embeddings out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

if TYPE_CHECKING:
    from vsearch.encoder.head import Head
    from vsearch.encoder.patch_tokens import PatchTokens
    from vsearch.encoder.preprocessing import Preprocessing

Embeddings = npt.NDArray[np.float32]
"""(n, dim) float32, each row of L2 norm 1."""

Pixels = npt.NDArray[np.uint8]
"""(height, width, 3) uint8 RGB, of the size that one encoder asks for."""

ImageInput = str | Path | bytes | Image.Image | npt.NDArray[np.uint8]
"""A path, the bytes of an image file, a PIL image, or an (h, w, 3) / (h, w) uint8 array."""


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """How to load an encoder again; it is kept in a collection's manifest."""

    architecture: str
    """A timm name, ``vit_tiny_patch16_224.augreg_in21k_ft_in1k``."""

    weights: str
    """The backbone's: ``bundled``, ``hub``, ``random:SEED``, or the absolute path of a
    safetensors file."""

    head: str | None = None
    """The file of its head, ``bundled`` or an absolute path; None where it has none."""


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """Which encoder it is, known without loading it."""

    spec: EncoderSpec
    name: str
    fingerprint: str
    dim: int
    backbone_fingerprint: str
    """Equal to ``fingerprint`` where there is no head."""
    backbone_dim: int


class Encoder(Protocol):
    """A function from pictures to embeddings. Safe to share between threads."""

    @property
    def name(self) -> str:
        """For people: the architecture and where its weights come from."""

    @property
    def spec(self) -> EncoderSpec:
        """How to load it again."""

    @property
    def fingerprint(self) -> str:
        """32 hex digits over architecture, weights, preprocessing and head.

        Two encoders with one fingerprint give embeddings that can be compared. Device and
        dtype are left out: they change an embedding by less than 1e-3 in cosine, by less than
        1e-2 where one file's int8 weights run in int8 on one machine and in floats on another.
        """

    @property
    def dim(self) -> int:
        """Length of an embedding."""

    @property
    def head(self) -> Head | None:
        """What follows the backbone, if anything."""

    @property
    def backbone_fingerprint(self) -> str:
        """The fingerprint without the head.

        Embeddings of one backbone are stored once, whatever heads are put on it.
        """

    @property
    def backbone_dim(self) -> int:
        """Length of an embedding before the head."""

    @property
    def preprocessing(self) -> Preprocessing:
        """How ``prepare`` resizes and crops, and how pixels are normalised."""

    @property
    def min_side(self) -> int:
        """The short side in pixels that ``prepare`` resizes to: a decoder that can shrink
        while it reads may stop at twice this size."""

    @property
    def device(self) -> str:
        """Where it runs: ``cpu``, ``cuda:0``, ``mps``."""

    @property
    def batch_size(self) -> int:
        """How many pictures at once suit the device that it runs on."""

    @property
    def decoders(self) -> int:
        """How many threads that decode and ``prepare`` keep it supplied."""

    def prepare(self, image: Image.Image) -> Pixels:
        """Resize and crop an upright RGB image. Cheap, thread-safe, needs no device."""

    def encode_prepared(self, pixels: npt.NDArray[np.uint8]) -> Embeddings:
        """Embed a batch, (n, height, width, 3) uint8 from ``prepare``, at once."""

    def embed_backbone(self, pixels: npt.NDArray[np.uint8]) -> Embeddings:
        """As ``encode_prepared`` but without the head: (n, backbone_dim) float32, L2-normalised.

        ``head.apply`` makes the one of the other.
        """

    def encode(self, images: Iterable[ImageInput], *, batch_size: int | None = None) -> Embeddings:
        """Embed any number of pictures, decoding beside encoding.

        Returns:
            (n, dim) float32, L2-normalised, in the order of the pictures; (0, dim) for none.

        Raises:
            ImageRejected: a picture can't be read; the message names it.
        """

    def patches(self, image: Image.Image, *, depth: float = 1.0) -> PatchTokens:
        """Read a token for each patch of what ``prepare`` keeps of an upright RGB image.

        Args:
            image: upright, RGB.
            depth: after which share of the ViT's blocks, above 0.

        Raises:
            EncoderError: it has no patch tokens: only timm's ViTs do.
        """

    def whole_patches(
        self, image: Image.Image, *, depth: float = 1.0, scale: int = 1
    ) -> PatchTokens:
        """As ``patches``, of the image up to its borders, squashed to the encoder's shape.

        Args:
            image: likewise.
            depth: likewise.
            scale: how many times as many patches a side as the encoder was trained with.

        Raises:
            EncoderError: it has no patch tokens, or takes pictures of one size only.
        """

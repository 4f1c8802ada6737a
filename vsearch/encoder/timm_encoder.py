"""The encoder: preprocessing, a backbone, its head and unit length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from torch.nn.functional import normalize

from vsearch.encoder.backbone import Backbone
from vsearch.encoder.decoders import decoding_threads
from vsearch.encoder.head import Head
from vsearch.encoder.int8_backbone import Int8Backbone
from vsearch.encoder.interface import Embeddings, EncoderSpec, ImageInput, Pixels
from vsearch.encoder.patch_tokens import PatchTokens
from vsearch.encoder.prefetch import batched, prefetch
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.encoder.texts import EmbedTexts
from vsearch.errors import EncoderError, ImageRejected
from vsearch.images.load import open_image

# What keeps a device busy, by measurement for the CPU: a batch of pixels, so that a model of
# larger pictures gets fewer of them and takes no more memory.
_BATCH_PIXELS = {"cpu": 32 * 224 * 224, "cuda": 128 * 224 * 224, "mps": 32 * 224 * 224}
_BATCH_AXES = 4


class TimmEncoder:
    """An ``Encoder`` over a model of timm's, or over an open_clip model's image tower."""

    def __init__(
        self,
        backbone: Backbone | Int8Backbone,
        preprocessing: Preprocessing,
        head: Head | None,
        *,
        spec: EncoderSpec,
        name: str,
        backbone_fingerprint: str,
        max_pixels: int,
        texts: EmbedTexts | None = None,
    ) -> None:
        self._backbone = backbone
        self._prepare = preprocessing.preparer()
        self._preprocessing = preprocessing
        self._head = head
        self._spec = spec
        self._name = name
        self._backbone_fingerprint = backbone_fingerprint
        self._max_pixels = max_pixels
        self._texts = texts

    @property
    def name(self) -> str:
        """For people: the architecture and where its weights come from."""
        return self._name

    @property
    def spec(self) -> EncoderSpec:
        """How to load it again."""
        return self._spec

    @property
    def fingerprint(self) -> str:
        """32 hex digits over architecture, weights, preprocessing, pooling and head."""
        backbone = self._backbone_fingerprint
        return backbone if self._head is None else self._head.fingerprint_on(backbone)

    @property
    def dim(self) -> int:
        """Length of an embedding."""
        return self.backbone_dim if self._head is None else self._head.out_dim

    @property
    def head(self) -> Head | None:
        """What follows the backbone, if anything."""
        return self._head

    @property
    def backbone_fingerprint(self) -> str:
        """The fingerprint without the head."""
        return self._backbone_fingerprint

    @property
    def backbone_dim(self) -> int:
        """Length of an embedding before the head."""
        return self._backbone.dim

    @property
    def preprocessing(self) -> Preprocessing:
        """How ``prepare`` resizes and crops, and how pixels are normalised."""
        return self._preprocessing

    @property
    def min_side(self) -> int:
        """The short side in pixels that ``prepare`` resizes to."""
        return self._preprocessing.min_side

    @property
    def parameters(self) -> int:
        """How many numbers the backbone was trained in."""
        return self._backbone.parameters

    @property
    def device(self) -> str:
        """Where it runs: ``cpu``, ``cuda:0``, ``mps``."""
        return str(self._backbone.device)

    @property
    def dtype(self) -> str:
        """The number format of its weights: ``float32``, ``bfloat16`` or ``int8``."""
        return str(self._backbone.dtype).removeprefix("torch.")

    @property
    def batch_size(self) -> int:
        """How many pictures ``encode`` embeds at once unless told otherwise."""
        pixels = self._preprocessing.height * self._preprocessing.width
        return max(1, _BATCH_PIXELS[self._backbone.device.type] // pixels)

    @property
    def decoders(self) -> int:
        """How many threads decode: one a core, where they give way to encoding as needed."""
        return decoding_threads()

    def prepare(self, image: Image.Image) -> Pixels:
        """Resize and crop an upright RGB image.

        Raises:
            ValueError: the image is not RGB.
        """
        if image.mode != "RGB":
            raise ValueError(f"an image of mode RGB is needed, not {image.mode}")
        return self._prepare(image)

    def encode_prepared(self, pixels: npt.NDArray[np.uint8]) -> Embeddings:
        """Embed a batch, (n, height, width, 3) uint8 from ``prepare``, at once.

        Raises:
            ValueError: the pixels have another shape or dtype.
        """
        embeddings = self.embed_backbone(pixels)
        return embeddings if self._head is None else self._head.apply(embeddings)

    def embed_backbone(self, pixels: npt.NDArray[np.uint8]) -> Embeddings:
        """As ``encode_prepared`` but without the head: (n, backbone_dim) float32, L2-normalised.

        Raises:
            ValueError: the pixels have another shape or dtype.
        """
        wanted = (self._preprocessing.height, self._preprocessing.width, 3)
        if pixels.shape[1:] != wanted or pixels.dtype != np.uint8:
            raise ValueError(
                f"(n, {str(wanted)[1:]} uint8 is needed, not {pixels.shape} {pixels.dtype}"
            )
        if not len(pixels):
            return np.empty((0, self.backbone_dim), np.float32)
        embeddings: Embeddings = normalize(self._backbone.embed(pixels)).cpu().numpy()
        return embeddings

    def encode(self, images: Iterable[ImageInput], *, batch_size: int | None = None) -> Embeddings:
        """Embed any number of pictures, decoding beside encoding.

        Threads decode and resize up to two batches ahead, and only those prepared pixels
        wait: of pictures in full size there is never more than one a thread.

        Returns:
            (n, dim) float32, L2-normalised, in the order of the pictures; (0, dim) for none.

        Raises:
            ImageRejected: a picture can't be read; the message names its path, or its place
                as ``images[7]``.
            TypeError: one picture instead of several.
        """
        one_array = isinstance(images, np.ndarray) and images.ndim < _BATCH_AXES
        if one_array or isinstance(images, str | bytes | Path | Image.Image):
            raise TypeError("encode takes several pictures; for one write encode([picture])")
        size = batch_size or self.batch_size
        workers = self.decoders
        prepared = prefetch(
            self._load, enumerate(images), workers=workers, ahead=2 * size + workers
        )
        batches = [self.encode_prepared(np.stack(batch)) for batch in batched(prepared, size)]
        return np.concatenate([np.empty((0, self.dim), np.float32), *batches])

    def patches(self, image: Image.Image, *, depth: float = 1.0) -> PatchTokens:
        """Read a token for each patch of what the encoder sees of a picture.

        Args:
            image: upright, RGB.
            depth: after which share of the ViT's blocks, above 0. At 1 they are what the
                embedding was made beside; halfway they tell more of where things begin and end.

        Raises:
            EncoderError: it has no patch tokens: only timm's ViTs do.
            ValueError: the image is not RGB, or the depth is out of range.
        """
        covered = self._preprocessing.covered(*image.size)
        return self._patches(self.prepare(image), depth, covered)

    def whole_patches(
        self, image: Image.Image, *, depth: float = 1.0, scale: int = 1
    ) -> PatchTokens:
        """As ``patches``, of the picture up to its borders, squashed to the encoder's shape.

        Args:
            image: upright, RGB.
            depth: likewise.
            scale: how many times as many patches a side as the encoder was trained with, 1 or
                more: its position embeddings are interpolated.

        Raises:
            EncoderError: it has no patch tokens, or takes pictures of one size only.
            ValueError: the image is not RGB, or the depth or scale is out of range.
        """
        if image.mode != "RGB" or scale < 1:
            raise ValueError(f"mode RGB and scale 1 or more are needed: {image.mode}, {scale}")
        size = (scale * self._preprocessing.width, scale * self._preprocessing.height)
        method = Image.Resampling[self._preprocessing.interpolation.upper()]
        return self._patches(np.asarray(image.resize(size, method)), depth, (0.0, 0.0, 1.0, 1.0))

    def _patches(
        self, pixels: Pixels, depth: float, covered: tuple[float, float, float, float]
    ) -> PatchTokens:
        tokens = self._backbone.patch_tokens(pixels[None], depth)[0]
        return PatchTokens(normalize(tokens, dim=-1).cpu().numpy(), *covered)

    @property
    def takes_texts(self) -> bool:
        """Whether it has a text tower; nothing is loaded to know."""
        return self._texts is not None

    def encode_texts(self, texts: Sequence[str]) -> Embeddings:
        """Embed texts in the space of the pictures; the first ones load the text tower.

        Returns:
            (n, dim) float32, L2-normalised, in the order of the texts; (0, dim) for none.

        Raises:
            EncoderError: it has no text tower, or that can't be loaded.
            TypeError: one text instead of several.
        """
        if isinstance(texts, str):
            raise TypeError("encode_texts takes several texts; for one write encode_texts([text])")
        if self._texts is None:
            raise EncoderError(
                f"{self._name}: has no text tower; for queries by text name an encoder that was"
                " trained on pictures with texts, as --encoder open_clip:ViT-B-32/laion2b_s34b_b79k"
            )
        embeddings = self._texts(texts)
        return embeddings if self._head is None else self._head.apply(embeddings)

    def _load(self, numbered: tuple[int, ImageInput]) -> Pixels:
        number, source = numbered
        try:
            image = open_image(source, max_pixels=self._max_pixels, min_side=self.min_side)
        except ImageRejected as error:
            named = isinstance(source, str | Path)
            where = str(source) if named else f"images[{number}]"
            raise ImageRejected(error.reason, where) from error
        return self._prepare(image)

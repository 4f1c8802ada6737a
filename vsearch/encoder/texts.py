"""Texts in the space of pictures, for encoders that were trained on both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from vsearch.encoder.interface import Embeddings

EmbedTexts = Callable[[Sequence[str]], Embeddings]
"""Texts to (n, backbone_dim) float32, L2-normalised: a text tower without the head."""


@runtime_checkable
class TextEncoder(Protocol):
    """A function from texts to embeddings that pictures' embeddings can be compared with."""

    @property
    def takes_texts(self) -> bool:
        """Whether it has a text tower; nothing is loaded to know."""

    def encode_texts(self, texts: Sequence[str]) -> Embeddings:
        """Embed texts; the text tower is loaded when the first ones come.

        Returns:
            (n, dim) float32, L2-normalised, in the order of the texts; (0, dim) for none.

        Raises:
            EncoderError: it has no text tower, or that can't be loaded.
        """

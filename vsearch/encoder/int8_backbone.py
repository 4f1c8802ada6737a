"""A ViT in int8 behind the same door as any other backbone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from vsearch.encoder.architecture import dimension
from vsearch.encoder.int8_format import Tensors
from vsearch.encoder.int8_shape import vit_shape
from vsearch.encoder.int8_vit import Int8Vit
from vsearch.encoder.preprocessing import Preprocessing


class Int8Backbone:
    """As ``Backbone``, on the CPU. Thread-safe."""

    def __init__(
        self,
        model: nn.Module,
        tensors: Tensors,
        preprocessing: Preprocessing,
        float_dtype: torch.dtype,
    ) -> None:
        """Build it; the model is only looked at.

        Args:
            model: the same in float, without classifier.
            tensors: an int8 encoder file's.
            preprocessing: the model's own.
            float_dtype: for what stays float within: bfloat16 where the processor has it.

        Raises:
            EncoderError: the model isn't a plain ViT.
            KeyError: a tensor is missing.
            RuntimeError: a shape doesn't fit, or the processor can't.
            ValueError: the preprocessing divides the channels by different numbers.
        """
        self.device = torch.device("cpu")
        self.dtype = torch.int8
        self.dim = dimension(model)
        self.parameters = sum(parameter.numel() for parameter in model.parameters())
        self._vit = Int8Vit(tensors, vit_shape(model), preprocessing, float_dtype)

    def embed(self, pixels: npt.NDArray[np.uint8]) -> torch.Tensor:
        """Embed a batch.

        Args:
            pixels: (n, height, width, 3) uint8.

        Returns:
            (n, dim) float32, not normalised.
        """
        # A picture straight from Pillow is read-only, which torch warns of.
        return self._vit(torch.from_numpy(np.require(pixels, requirements=["C", "W"])))

    def patch_tokens(self, pixels: npt.NDArray[np.uint8], depth: float) -> torch.Tensor:
        """Read what the ViT knows of each patch; as ``Backbone.patch_tokens``, in int8 too."""
        return self._vit.patch_tokens(
            torch.from_numpy(np.require(pixels, requirements=["C", "W"])), depth
        )

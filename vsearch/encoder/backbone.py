"""The network itself on its device: pixels in, pooled embeddings out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from vsearch.encoder.architecture import dimension
from vsearch.encoder.patch_reading import for_size, read_patches, vit_within
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.errors import EncoderError


class Backbone:
    """A model without classifier, with the normalisation of its input. Thread-safe."""

    def __init__(
        self,
        model: nn.Module,
        preprocessing: Preprocessing,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        """Move the model; it belongs to the backbone from here on."""
        self.device = device
        self.dtype = dtype
        self.dim = dimension(model)
        self.parameters = sum(parameter.numel() for parameter in model.parameters())
        self._model = model.to(device=device, dtype=dtype).requires_grad_(requires_grad=False)
        mean = torch.tensor(preprocessing.mean, device=device).reshape(1, 3, 1, 1)
        std = torch.tensor(preprocessing.std, device=device).reshape(1, 3, 1, 1)
        # (x / 255 - mean) / std as one product and one sum.
        self._scale = 1 / (255 * std)
        self._shift = -mean / std

    @torch.inference_mode()
    def embed(self, pixels: npt.NDArray[np.uint8]) -> torch.Tensor:
        """Embed a batch.

        Args:
            pixels: (n, height, width, 3) uint8.

        Returns:
            (n, dim) float32 on the device, not normalised.

        Raises:
            EncoderError: the model gives something else than one embedding a picture.
        """
        batch = self._normalised(pixels)
        embeddings = self._model(batch)
        if not isinstance(embeddings, torch.Tensor) or embeddings.shape != (len(pixels), self.dim):
            raise EncoderError(
                f"{type(self._model).__name__}: gives no pooled embedding of {self.dim} numbers; "
                "choose another model"
            )
        return embeddings.float()

    @torch.inference_mode()
    def patch_tokens(self, pixels: npt.NDArray[np.uint8], depth: float) -> torch.Tensor:
        """Read what a ViT knows of each patch.

        Args:
            pixels: (n, height, width, 3) uint8, of any size that patches divide.
            depth: after which share of its blocks, above 0; at 1 the final norm follows.

        Returns:
            (n, rows, columns, dim) float32 on the device, not normalised.

        Raises:
            EncoderError: it has no patch tokens, or takes pictures of one size only.
        """
        vit = for_size(vit_within(self._model), *pixels.shape[1:3])
        return read_patches(vit, self._normalised(pixels), depth).float()

    def _normalised(self, pixels: npt.NDArray[np.uint8]) -> torch.Tensor:
        # A picture straight from Pillow is read-only, which torch warns of.
        batch = (
            torch.from_numpy(np.require(pixels, requirements=["C", "W"]))
            .to(self.device)
            .permute(0, 3, 1, 2)
        )
        # Normalised in float32: in bfloat16 each of the two steps would round on its own.
        return torch.addcmul(self._shift, batch.float(), self._scale).to(self.dtype)

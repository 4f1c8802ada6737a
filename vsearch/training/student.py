"""A backbone that learns: pixels in, L2-normalised embeddings out, gradients on the way back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn.functional import normalize

from vsearch.encoder.architecture import dimension
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.load import load_backbone
from vsearch.encoder.precision import choose_device
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.encoder.torchvision_shim import import_timm
from vsearch.errors import TrainingError
from vsearch.training.optimisation import autocast


class Student(nn.Module):
    """A timm model without classifier, in float32, with the normalisation of its input."""

    def __init__(self, model: nn.Module, preprocessing: Preprocessing, architecture: str) -> None:
        """Take the model over."""
        super().__init__()
        self.model = model
        self.architecture = architecture
        self.preprocessing = preprocessing
        mean = torch.tensor(preprocessing.mean).reshape(1, 3, 1, 1)
        std = torch.tensor(preprocessing.std).reshape(1, 3, 1, 1)
        self.register_buffer("scale", 1 / (255 * std), persistent=False)
        self.register_buffer("shift", -mean / std, persistent=False)
        self.scale: torch.Tensor
        self.shift: torch.Tensor

    @property
    def dim(self) -> int:
        """Length of an embedding."""
        return dimension(self.model)

    @property
    def device(self) -> torch.device:
        """Where it learns."""
        return self.scale.device

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Embed (n, height, width, 3) uint8 pixels as (n, dim) float32, L2-normalised."""
        batch = pixels.to(self.scale.device).permute(0, 3, 1, 2).float()
        batch = torch.addcmul(self.shift, batch, self.scale)
        with autocast(batch.device):
            embeddings = self.model(batch)
        return normalize(embeddings.float())

    def look_at_part(self, dropped: float) -> None:
        """Leave out a share (0..<1) of the patches, other ones each time, to learn faster.

        Raises:
            TrainingError: the architecture can't leave patches out.
        """
        # EVA has None there: its rotary position embedding would have to leave out the same ones.
        if getattr(self.model, "patch_drop", None) is None:
            if dropped:
                raise TrainingError(
                    f"{type(self.model).__name__} can't leave out patches; set --drop-patches 0"
                )
            return
        prefix = int(getattr(self.model, "num_prefix_tokens", 1))
        layers = import_timm().layers
        self.model.patch_drop = (
            layers.PatchDropout(dropped, num_prefix_tokens=prefix) if dropped else nn.Identity()
        )


def load_student(spec: EncoderSpec, device: str = "auto") -> Student:
    """Load a backbone to be taught, on its device.

    Raises:
        EncoderError: it can't be loaded, or there is no such device.
    """
    return Student(*load_backbone(spec)).to(choose_device(device))


def to_tensor(pixels: Sequence[npt.NDArray[np.uint8]]) -> torch.Tensor:
    """Stack prepared pictures, (height, width, 3) uint8 each."""
    return torch.from_numpy(np.stack(pixels))

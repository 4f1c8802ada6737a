"""A ViT's class token beside the mean of its patches: twice the numbers for the same work."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import normalize

from vsearch.encoder.architecture import dimension, pooling
from vsearch.encoder.head import Head
from vsearch.errors import WeightsError

TOKEN_AND_MEAN = "token+avg"  # noqa: S105 - a ViT's token, not a password
"""What an encoder file calls it under ``pooling``."""


class TokenAndMean(nn.Module):
    """Gives (n, 2 x dim): the class token and the mean of the patches, each of unit length.

    What a head has to tell products apart by is often in the patches: a shrinkage LDA on both
    is right far more often than on the token alone. The token by itself, which ``token_head``
    takes out again, is the better embedding without a head.

    Raises:
        WeightsError: the model has no class token, or doesn't embed by it.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        if not has_token(model):
            raise WeightsError(
                f'{type(model).__name__}: "{TOKEN_AND_MEAN}" needs a ViT that embeds by its class'
                " token; get the file again"
            )
        self.model = model
        self.num_features = 2 * dimension(model)
        self.global_pool = TOKEN_AND_MEAN
        self.pretrained_cfg: dict[str, Any] = model.pretrained_cfg  # type: ignore[assignment]

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Embed a batch: (n, 2 x dim)."""
        tokens = self.model.forward_features(pixels)  # type: ignore[operator]
        prefix: int = self.model.num_prefix_tokens  # type: ignore[assignment]
        token, mean = tokens[:, 0].float(), tokens[:, prefix:].float().mean(1)
        return torch.cat([normalize(token), normalize(mean)], dim=1)


def has_token(model: nn.Module) -> bool:
    """Whether it embeds by the class token, so that the patches' mean could stand beside it."""
    prefix = getattr(model, "num_prefix_tokens", 0)
    return pooling(model) == "token" and bool(prefix) and hasattr(model, "forward_features")


def token_head(dim: int) -> Head:
    """The head that takes the class token's half of the embedding.

    Args:
        dim: length of that half.
    """
    weight = np.zeros((dim, 2 * dim), np.float32)
    # The whole has unit length: each half has 1 / sqrt(2) of it.
    weight[:, :dim] = np.eye(dim, dtype=np.float32) * math.sqrt(2)
    return Head(weight)

"""Reads patch tokens out of timm's ViTs, at any depth and for pictures of any size."""

from __future__ import annotations

import copy
import math
from typing import Any

import torch
from torch import nn

from vsearch.encoder.token_and_mean import TokenAndMean
from vsearch.encoder.torchvision_shim import import_timm
from vsearch.errors import EncoderError

_NEEDED = ("blocks", "num_prefix_tokens", "patch_embed", "forward_intermediates", "set_input_size")


def vit_within(model: nn.Module) -> Any:
    """The ViT that a backbone's model is, or is built around.

    Raises:
        EncoderError: it isn't one of timm's ViTs.
    """
    vit = model.model if isinstance(model, TokenAndMean) else model
    if not all(hasattr(vit, name) for name in _NEEDED):
        raise EncoderError(
            f"{type(vit).__name__}: has no patch tokens; regions and explanations need a ViT of"
            " timm's, such as vit_tiny_patch16_224"
        )
    return vit


def blocks_to(depth: float, blocks: int) -> int:
    """How many of a ViT's blocks lie above a share of its depth, 1 to all.

    Raises:
        ValueError: the share isn't above 0 and at most 1.
    """
    if not 0 < depth <= 1:
        raise ValueError(f"depth {depth}: a share of the blocks above 0, at most 1, is needed")
    return max(1, math.floor(depth * blocks))


def for_size(vit: Any, height: int, width: int) -> Any:
    """The same ViT for another size of pictures: it shares the weights but not the positions.

    Raises:
        EncoderError: the architecture takes one size only.
    """
    own = tuple(getattr(vit.patch_embed, "img_size", None) or (height, width))
    if own == (height, width):
        return vit
    shared = {id(one): one for one in (*vit.parameters(), *vit.buffers())}
    twin = copy.deepcopy(vit, shared)
    try:
        twin.set_input_size(img_size=(height, width))
    except (AssertionError, AttributeError, RuntimeError, TypeError, ValueError) as error:
        raise EncoderError(
            f"{type(vit).__name__}: takes pictures of {own[0]} x {own[1]} pixels only: {error}"
        ) from error
    return twin


def resample_positions(
    positions: torch.Tensor, wanted: tuple[int, int], own: tuple[int, int]
) -> torch.Tensor:
    """Position embeddings (1, rows * columns, dim) for a grid of another size."""
    resample = import_timm().layers.resample_abs_pos_embed
    resampled: torch.Tensor = resample(positions, wanted, own, num_prefix_tokens=0)
    return resampled


def read_patches(vit: Any, batch: torch.Tensor, depth: float) -> torch.Tensor:
    """Run a ViT down to a share of its blocks.

    Args:
        vit: for pictures of this size.
        batch: (n, 3, height, width), normalised.
        depth: above 0, at most 1; at 1 the final norm follows.

    Returns:
        (n, rows, columns, dim).
    """
    last = blocks_to(depth, len(vit.blocks)) - 1
    (tokens,) = vit.forward_intermediates(
        batch,
        indices=[last],
        norm=depth == 1,
        stop_early=True,
        output_fmt="NCHW",
        intermediates_only=True,
    )
    found: torch.Tensor = tokens.permute(0, 2, 3, 1)
    return found

"""A ViT of which only the last blocks learn: whole, or by low-rank changes to their weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import linear, normalize, one_hot
from torch.nn.utils import parametrize

from vsearch.encoder.head import Head
from vsearch.encoder.token_and_mean import has_token
from vsearch.errors import TrainingError
from vsearch.training.optimisation import autocast
from vsearch.training.student import Student

_LAYERS = ("attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2")


class LowRank(nn.Module):
    """A weight with a learned change of low rank, at first none (Hu et al., LoRA, ICLR 2022)."""

    def __init__(self, weight: torch.Tensor, rank: int) -> None:
        super().__init__()
        rows, columns = weight.shape
        self.down = nn.Parameter(torch.randn(rank, columns) / math.sqrt(columns))
        self.up = nn.Parameter(torch.zeros(rows, rank))

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        """Add the change."""
        return weight + self.up @ self.down


class PartlyTrained(nn.Module):
    """Frozen first blocks, learning last ones, a linear map and a proxy for each label.

    The loss is additive angular margin's cousin, a margin on the cosine (CosFace, Wang et al.,
    CVPR 2018).
    """

    def __init__(
        self, student: Student, blocks: int, rank: int | None, head: Head, proxies: torch.Tensor
    ) -> None:
        """Freeze what doesn't learn.

        Args:
            student: its model changes while this learns.
            blocks: how many of the last ones learn.
            rank: of the changes; None lets the weights themselves learn.
            head: linear, for class token and patches' mean side by side.
            proxies: (labels, out_dim) where each label is at first.

        Raises:
            TrainingError: it is not a ViT with a class token, or it has fewer blocks.
        """
        super().__init__()
        # timm's networks say nothing of their parts to a type checker.
        model: Any = student.model
        if not has_token(model) or not hasattr(model, "blocks"):
            raise TrainingError(
                f"{student.architecture}: only a ViT with a class token can learn in its blocks;"
                " use --method head"
            )
        if not 0 < blocks <= len(model.blocks):
            raise TrainingError(
                f"--blocks {blocks}: {student.architecture} has {len(model.blocks)} blocks"
            )
        self.student = student
        self._first = len(model.blocks) - blocks
        student.requires_grad_(requires_grad=False)
        learning = model.blocks[self._first :]
        if rank is None:
            learning.requires_grad_(requires_grad=True)
            model.norm.requires_grad_(requires_grad=True)
        else:
            for block in learning:
                for name in _LAYERS:
                    layer = block.get_submodule(name)
                    change = LowRank(layer.weight, rank)
                    parametrize.register_parametrization(layer, "weight", change)
        if head.bias is None or head.waves is not None:
            raise ValueError("a linear head with a bias is needed")
        self.weight = nn.Parameter(torch.from_numpy(head.weight.copy()))
        self.bias = nn.Parameter(torch.from_numpy(head.bias.copy()))
        self.proxies = nn.Parameter(proxies.clone())

    def frozen(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, height, width, 3) uint8 to the tokens that the learning blocks take."""
        student = self.student
        model: Any = student.model
        batch = torch.addcmul(student.shift, pixels.permute(0, 3, 1, 2).float(), student.scale)
        with torch.no_grad(), autocast(batch.device):
            tokens: torch.Tensor = model.norm_pre(model._pos_embed(model.patch_embed(batch)))
            for block in model.blocks[: self._first]:
                tokens = block(tokens)
        return tokens

    def backbone(self, tokens: torch.Tensor) -> torch.Tensor:
        """What the encoder's backbone gives: (n, 2 x dim), L2-normalised."""
        model: Any = self.student.model
        with autocast(tokens.device):
            for block in model.blocks[self._first :]:
                tokens = block(tokens)
            tokens = model.norm(tokens)
        tokens = tokens.float()
        mean = tokens[:, model.num_prefix_tokens :].mean(1)
        return torch.cat([normalize(tokens[:, 0]), normalize(mean)], dim=1) / math.sqrt(2)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """What is searched with while it learns: (n, out_dim), L2-normalised."""
        return normalize(linear(self.backbone(tokens), self.weight, self.bias))

    def loss(
        self, tokens: torch.Tensor, labels: torch.Tensor, *, scale: float, margin: float
    ) -> torch.Tensor:
        """Each picture is to be nearer to its own label's proxy, by a margin, than to others."""
        cosine = self(tokens) @ normalize(self.proxies).T
        wanted = one_hot(labels, len(self.proxies))
        return nn.functional.cross_entropy(scale * (cosine - margin * wanted), labels)

    def merge(self, averaged: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Take the averaged weights over, fold the changes in, and give timm's tensors."""
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if name in averaged:
                    parameter.copy_(averaged[name])
        for layer in self.student.model.modules():
            if parametrize.is_parametrized(layer):
                parametrize.remove_parametrizations(layer, "weight", leave_parametrized=True)
        return {name: t.detach() for name, t in self.student.model.state_dict().items()}


def proxies_of(head: Head, embeddings: np.ndarray, labels: np.ndarray, count: int) -> torch.Tensor:
    """The mean direction of each label's embeddings after the head.

    Args:
        head: applied first.
        embeddings: (n, dim) float32, L2-normalised, of the backbone.
        labels: (n,) from 0 to count - 1, each at least once.
        count: how many labels there are.
    """
    mapped = head.apply(embeddings)
    sums = np.zeros((count, head.out_dim), np.float32)
    np.add.at(sums, labels, mapped)
    return normalize(torch.from_numpy(sums))

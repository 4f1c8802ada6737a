"""A plain ViT whose linear layers are int8: uint8 pixels in, embeddings out.

Between the layers values stay float32 (the residual) or bfloat16 (attention). What a layer
norm gives is rounded to uint8 in the same pass: the step and zero point are in its weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch.nn.functional import linear, normalize

from vsearch.encoder.int8_format import SCALE_SUFFIX, Tensors
from vsearch.encoder.int8_linear import Int8Linear, to_uint8
from vsearch.encoder.int8_shape import VitShape
from vsearch.encoder.patch_reading import blocks_to, resample_positions
from vsearch.encoder.preprocessing import Preprocessing

_HALF = 0.5
_PATCHES = "patch_embed.proj"


class Int8Vit:
    """Thread-safe: it only reads what it holds.

    Raises:
        KeyError: a tensor is missing.
        RuntimeError: a shape doesn't fit.
        ValueError: the preprocessing divides the channels by different numbers.
    """

    def __init__(
        self,
        tensors: Tensors,
        shape: VitShape,
        preprocessing: Preprocessing,
        float_dtype: torch.dtype,
    ) -> None:
        """Reorder the weights.

        Args:
            tensors: an int8 encoder file's.
            shape: of the ViT.
            preprocessing: its normalisation becomes part of the first layer.
            float_dtype: for attention and the layers that aren't int8; bfloat16 where the
                processor has it.
        """
        weight = tensors[f"{_PATCHES}.weight"]
        self._dim, self._patch, self._epsilon = len(weight), weight.shape[-1], shape.epsilon
        self._embed = _patch_embedding(tensors, preprocessing)
        position = tensors["pos_embed"].float()
        self._positions = position[:, 1:]
        self._grid = (preprocessing.height // self._patch, preprocessing.width // self._patch)
        self._token = tensors["cls_token"].float() + position[:, :1]
        self._blocks = [
            _Block(tensors, f"blocks.{number}.", shape, float_dtype)
            for number in range(shape.depth)
        ]
        self._norm = tensors["norm.weight"].float(), tensors["norm.bias"].float()
        self._with_mean = shape.with_mean

    @torch.inference_mode()
    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """Embed (n, height, width, 3) uint8 pixels as (n, dim) float32."""
        tokens = self._run(pixels, self._positions, self._blocks)
        if not self._with_mean:
            return torch.layer_norm(tokens[:, 0], (self._dim,), *self._norm, self._epsilon)
        tokens = torch.layer_norm(tokens, (self._dim,), *self._norm, self._epsilon)
        return torch.cat([normalize(tokens[:, 0]), normalize(tokens[:, 1:].mean(1))], dim=1)

    @torch.inference_mode()
    def patch_tokens(self, pixels: torch.Tensor, depth: float) -> torch.Tensor:
        """Read the patches' tokens: (n, rows, columns, dim) float32; see ``Backbone``."""
        rows, columns = pixels.shape[1] // self._patch, pixels.shape[2] // self._patch
        positions = self._positions
        if (rows, columns) != self._grid:
            positions = resample_positions(positions, (rows, columns), self._grid)
        blocks = self._blocks[: blocks_to(depth, len(self._blocks))]
        tokens = self._run(pixels, positions, blocks)[:, 1:]
        if depth == 1:
            tokens = torch.layer_norm(tokens, (self._dim,), *self._norm, self._epsilon)
        return tokens.reshape(len(pixels), rows, columns, self._dim)

    def _run(
        self, pixels: torch.Tensor, positions: torch.Tensor, blocks: Sequence[_Block]
    ) -> torch.Tensor:
        """(n, 1 + patches, dim) float32 after these blocks."""
        count, height, width, channels = pixels.shape
        side = self._patch
        patches = (
            pixels.reshape(count, height // side, side, width // side, side, channels)
            .transpose(2, 3)
            .reshape(count, -1, side * side * channels)
        )
        tokens = torch.empty(count, 1 + patches.shape[1], self._dim)
        tokens[:, :1] = self._token
        # Pixels are uint8 as they come: the first layer rounds nothing.
        torch.add(self._embed.apply(patches, torch.float32), positions, out=tokens[:, 1:])
        for block in blocks:
            tokens = block(tokens)
        return tokens


class _Block:
    def __init__(
        self, tensors: Tensors, prefix: str, shape: VitShape, float_dtype: torch.dtype
    ) -> None:
        self._heads, self._epsilon, self._float = shape.heads, shape.epsilon, float_dtype
        dim = len(tensors[f"{prefix}norm1.weight"])
        self._dim = dim
        # Attention's own scale goes into the queries' rows.
        rows = torch.ones(3 * dim)
        rows[:dim] = (dim // shape.heads) ** -0.5
        self._qkv = Int8Linear.of_layer(tensors, f"{prefix}attn.qkv", rows)
        self._proj = Int8Linear.of_layer(tensors, f"{prefix}attn.proj")
        self._fc1 = Int8Linear.of_layer(tensors, f"{prefix}mlp.fc1")
        self._norm1 = _norm_in_steps(tensors, f"{prefix}norm1", self._qkv)
        self._norm2 = _norm_in_steps(tensors, f"{prefix}norm2", self._fc1)
        self._attended_shift = torch.tensor(self._proj.zero + _HALF)
        self._attended_scale = torch.tensor(1 / self._proj.step)
        self._mlp = self._mlp_of(tensors, f"{prefix}mlp.fc2")

    def __call__(self, tokens: torch.Tensor) -> torch.Tensor:
        qkv = self._qkv.apply(self._normed(tokens, self._norm1), self._float)
        attended = torch.addcmul(
            self._attended_shift, self._attend(qkv).float(), self._attended_scale
        )
        tokens = self._proj.add_to(to_uint8(attended), tokens)
        return self._mlp(self._normed(tokens, self._norm2), tokens)

    def _normed(
        self, tokens: torch.Tensor, norm: tuple[torch.Tensor, torch.Tensor]
    ) -> torch.Tensor:
        return to_uint8(torch.layer_norm(tokens, (self._dim,), *norm, self._epsilon))

    def _attend(self, qkv: torch.Tensor) -> torch.Tensor:
        # Written out: at a few hundred tokens on a CPU it is faster than torch's fused attention.
        count, length, _ = qkv.shape
        parts = qkv.view(count, length, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind(0)
        weights = (query @ key.transpose(-1, -2)).softmax(-1)
        return (weights @ value).transpose(1, 2).reshape(count, length, self._dim)

    def _mlp_of(
        self, tensors: Tensors, name: str
    ) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
        """From the MLP's uint8 input and the residual to their sum."""
        fc1, dtype = self._fc1, self._float
        if f"{name}{SCALE_SUFFIX}" in tensors:
            fc2 = Int8Linear.of_layer(tensors, name)
            return lambda normed, tokens: fc2.add_to(fc1.apply_into(normed, fc2), tokens)
        weight, bias = (tensors[f"{name}.{part}"].to(dtype) for part in ("weight", "bias"))
        return lambda normed, tokens: (
            tokens + linear(fc1.apply(normed, dtype, gelu=True), weight, bias)
        )


def _patch_embedding(tensors: Tensors, preprocessing: Preprocessing) -> Int8Linear:
    """The first layer on raw pixels: the mean goes into the bias, the deviation into the step."""
    deviations = set(preprocessing.std)
    if len(deviations) != 1:
        raise ValueError(f"one deviation for the three channels is needed, not {deviations}")
    (deviation,) = deviations
    weight, scale = tensors[f"{_PATCHES}.weight"], tensors[f"{_PATCHES}{SCALE_SUFFIX}"].float()
    offset = (-torch.tensor(preprocessing.mean) / deviation).view(1, 3, 1, 1)
    shift = (weight.float() * offset).sum((1, 2, 3)) * scale
    rows = weight.permute(0, 2, 3, 1).reshape(len(weight), -1)
    bias = tensors[f"{_PATCHES}.bias"].float() + shift
    return Int8Linear(rows, scale, bias, 1 / (255 * deviation), 0)


def _norm_in_steps(
    tensors: Tensors, name: str, following: Int8Linear
) -> tuple[torch.Tensor, torch.Tensor]:
    """A layer norm's weight and bias such that it gives the following layer's steps."""
    weight, bias = tensors[f"{name}.weight"].float(), tensors[f"{name}.bias"].float()
    shifted = bias / following.step + (following.zero + _HALF)
    return (weight / following.step).contiguous(), shifted.contiguous()

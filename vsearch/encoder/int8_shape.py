"""Which networks can run in int8: timm's plain ViT, measured out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch import nn

from vsearch.encoder.architecture import pooling
from vsearch.encoder.token_and_mean import TOKEN_AND_MEAN, TokenAndMean
from vsearch.encoder.torchvision_shim import import_timm
from vsearch.errors import EncoderError


@dataclass(frozen=True, slots=True)
class VitShape:
    """What isn't in a ViT's tensors."""

    depth: int
    """How many blocks."""

    heads: int
    """Of attention, in each block."""

    epsilon: float
    """Of the layer norms."""

    with_mean: bool
    """Whether the mean of the patches stands beside the class token."""


def vit_shape(model: nn.Module) -> VitShape:
    """Measure a ViT, or say why it can't run in int8.

    Args:
        model: as it is loaded: timm's, or ``TokenAndMean`` around it.

    Raises:
        EncoderError: it has parts that the int8 network has not; the message names them.
    """
    with_mean = isinstance(model, TokenAndMean)
    vit: Any = model.model if isinstance(model, TokenAndMean) else model
    obstacles = list(dict.fromkeys(_obstacles(vit)))
    if obstacles:
        raise EncoderError(
            f"{type(vit).__name__}: can't be quantised: it has {', '.join(obstacles)}; only a"
            " plain ViT of timm's with a class token can, such as vit_tiny_patch16_224"
        )
    return VitShape(len(vit.blocks), vit.blocks[0].attn.num_heads, vit.norm.eps, with_mean)


def _obstacles(vit: Any) -> Iterator[str]:
    transformer = import_timm().models.vision_transformer
    if type(vit) is not transformer.VisionTransformer:
        yield "another architecture"
        return
    if pooling(vit) not in ("token", TOKEN_AND_MEAN):
        yield f'the pooling "{pooling(vit)}"'
    if not vit.has_class_token or vit.num_prefix_tokens != 1:
        yield "no class token, or others beside it"
    if vit.pos_embed is None or vit.pos_embed.shape[1] != vit.patch_embed.num_patches + 1:
        yield "position embeddings of another kind"
    if vit.patch_embed.proj.bias is None or vit.patch_embed.proj.in_channels != 3:
        yield "a patch embedding of another kind"
    if not all(
        isinstance(part, nn.Identity)
        for part in (vit.norm_pre, vit.fc_norm, vit.head, vit.patch_embed.norm)
    ):
        yield "norms or layers of its own before or after the blocks"
    if not vit.blocks:
        yield "no blocks"
    for block in vit.blocks:
        if type(block) is not transformer.Block:
            yield f"blocks of the kind {type(block).__name__}"
        else:
            yield from _obstacles_in(block)
    if not isinstance(vit.norm, nn.LayerNorm) or len({n.eps for n in _norms(vit)}) > 1:
        yield "norms of another kind"


def _obstacles_in(block: Any) -> Iterator[str]:
    attention, mlp = block.attn, block.mlp
    if not isinstance(block.ls1, nn.Identity) or not isinstance(block.ls2, nn.Identity):
        yield "layer scales"
    if not isinstance(attention.q_norm, nn.Identity) or not isinstance(attention.norm, nn.Identity):
        yield "norms within attention"
    if getattr(attention, "gate", None) is not None:
        yield "gated attention"
    if not isinstance(mlp.act, nn.GELU) or mlp.act.approximate != "none":
        yield "another activation than GELU"
    if not isinstance(getattr(mlp, "norm", nn.Identity()), nn.Identity):
        yield "norms within the MLP"
    layers = (attention.qkv, attention.proj, mlp.fc1, mlp.fc2)
    if not all(isinstance(one, nn.Linear) and one.bias is not None for one in layers):
        yield "linear layers without bias, or of another kind"
    if not all(
        isinstance(norm, nn.LayerNorm) and norm.elementwise_affine and norm.bias is not None
        for norm in (block.norm1, block.norm2)
    ):
        yield "norms of another kind"


def _norms(vit: nn.Module) -> list[nn.LayerNorm]:
    return [part for part in vit.modules() if isinstance(part, nn.LayerNorm)]

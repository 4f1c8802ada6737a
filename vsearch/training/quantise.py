"""A plain ViT's weights in int8, and how its layers' inputs are rounded to uint8.

Inputs get one step for a whole layer, found on pictures. What makes that possible is SmoothQuant
(Xiao et al., ICML 2023): where a channel is large behind a layer norm, the norm divides it and
the weights that follow multiply it, which changes nothing but the range.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from vsearch.encoder.int8_format import SCALE_SUFFIX, STEP_SUFFIX
from vsearch.encoder.int8_shape import vit_shape
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.training.quantise_ranges import Channels, Ends, watch_inputs

SMOOTHING = 0.5
"""How much of a large channel moves into the weights, 0..1."""

TAIL = 1e-5
"""Share of values cut off at each end of inputs that don't follow a norm. Behind a norm nothing
is: there the class token's largest values are the ones that count."""

LARGEST_ERROR = 0.02
"""Error of an MLP's second layer's input by rounding, relative, mean over tokens, past which
that layer stays float. A ViT has one or two that no single step serves, at ten times this
error, and one of them alone would take the embedding apart. At 0.03 those alone stay, which on
ViT-Ti/16 leaves the worst cosine at 0.996; at 0.02, with 5 more for a tenth of the time, 0.999."""

_MEASURED = 32
_LARGEST_I8, _LARGEST_U8 = 127, 255
_TINY, _TINIEST = 1e-5, 1e-12


@dataclass(frozen=True)
class Quantised:
    """What an int8 encoder file needs."""

    tensors: Mapping[str, torch.Tensor]
    """int8 weights, their scales and steps; float32, or float16 for a layer that stays float."""

    preprocessing: Preprocessing
    """As it was, but that it divides all channels by one number."""

    kept: tuple[str, ...]
    """The layers that stay float."""


def quantise(
    model: nn.Module,
    pixels: Sequence[npt.NDArray[np.uint8]],
    preprocessing: Preprocessing,
    advance: Callable[[int], None] = lambda _done: None,
) -> Quantised:
    """Quantise a ViT.

    Args:
        model: float32, on the CPU, without classifier; it is changed, to an equal one.
        pixels: pictures as the model will see them, (height, width, 3) uint8 each.
        preprocessing: the model's.
        advance: told how many pictures are done.

    Raises:
        EncoderError: it isn't a plain ViT.
    """
    shape = vit_shape(model)
    preprocessing = _with_one_deviation(model, preprocessing)
    layers = {name: part for name, part in model.named_modules() if isinstance(part, nn.Linear)}
    norms = _norms_before(model, shape.depth)
    ranges = {name: Channels() if name in norms else Ends(TAIL, len(pixels)) for name in layers}
    watch_inputs(model, layers, lambda name, x: ranges[name].add(x), pixels, preprocessing, advance)
    steps = {}
    with torch.no_grad():
        for name, seen in ranges.items():
            if isinstance(seen, Channels):
                low, high = _smooth(norms[name], layers[name], seen)
            else:
                low, high = seen.low, seen.high
            steps[name] = _step(low, high)
    kept = _too_coarse(model, layers, steps, pixels[:_MEASURED], preprocessing)
    return Quantised(_tensors(model, layers, steps, kept), preprocessing, kept)


def _norms_before(model: Any, depth: int) -> dict[str, nn.LayerNorm]:
    """The norm whose result is all that a layer sees, by the layer's name."""
    norms = {}
    for number in range(depth):
        norms[f"blocks.{number}.attn.qkv"] = model.blocks[number].norm1
        norms[f"blocks.{number}.mlp.fc1"] = model.blocks[number].norm2
    return norms


def _with_one_deviation(model: Any, preprocessing: Preprocessing) -> Preprocessing:
    """Move what the channels' deviations differ by into the first layer: pixels go in raw."""
    deviations = torch.tensor(preprocessing.std)
    with torch.no_grad():
        model.patch_embed.proj.weight *= (deviations[0] / deviations).view(1, 3, 1, 1)
    first = preprocessing.std[0]
    return dataclasses.replace(preprocessing, std=(first, first, first))


def _smooth(norm: nn.LayerNorm, layer: nn.Linear, seen: Channels) -> tuple[float, float]:
    """Even out the channels; gives the lowest and the highest input thereafter."""
    inputs = torch.maximum(seen.low.abs(), seen.high.abs()).clamp_min(_TINY)
    weights = layer.weight.abs().amax(0).clamp_min(_TINY)
    factors = inputs**SMOOTHING / weights ** (1 - SMOOTHING)
    factors /= factors.log().mean().exp()
    norm.weight.div_(factors)
    norm.bias.div_(factors)
    layer.weight.mul_(factors)
    return float((seen.low / factors).min()), float((seen.high / factors).max())


def _step(low: float, high: float) -> tuple[float, int]:
    """The step and the zero point that cover a range and 0."""
    low, high = min(low, 0.0), max(high, _TINY)
    step = (high - low) / _LARGEST_U8
    return step, round(-low / step)


def _too_coarse(
    model: nn.Module,
    layers: Mapping[str, nn.Linear],
    steps: Mapping[str, tuple[float, int]],
    pixels: Sequence[npt.NDArray[np.uint8]],
    preprocessing: Preprocessing,
) -> tuple[str, ...]:
    """The MLPs' second layers whose input suffers too much."""
    seconds = {name: layer for name, layer in layers.items() if name.endswith("mlp.fc2")}
    errors: dict[str, list[torch.Tensor]] = {name: [] for name in seconds}

    def measure(name: str, inputs: torch.Tensor) -> None:
        step, zero = steps[name]
        rounded = ((inputs / step).round() + zero).clamp(0, _LARGEST_U8)
        error = (rounded - zero) * step - inputs
        lengths = inputs.norm(dim=-1).clamp_min(_TINY)
        errors[name].append((error.norm(dim=-1) / lengths).flatten())

    watch_inputs(model, seconds, measure, pixels, preprocessing, lambda _done: None)
    return tuple(
        name for name, found in errors.items() if float(torch.cat(found).mean()) > LARGEST_ERROR
    )


def _tensors(
    model: nn.Module,
    layers: Mapping[str, nn.Linear],
    steps: Mapping[str, tuple[float, int]],
    kept: Sequence[str],
) -> dict[str, torch.Tensor]:
    tensors = {}
    for name, tensor in model.state_dict().items():
        layer, _, part = name.rpartition(".")
        if layer in kept:
            tensors[name] = tensor.half()
        elif part == "weight" and (layer in layers or layer == "patch_embed.proj"):
            rows, scales = quantise_rows(tensor.flatten(1))
            tensors[name] = rows.view(tensor.shape)
            tensors[f"{layer}{SCALE_SUFFIX}"] = scales
            if layer in layers:
                tensors[f"{layer}{STEP_SUFFIX}"] = torch.tensor(steps[layer])
        else:
            tensors[name] = tensor.clone()
    return tensors


def quantise_rows(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Round each row by a scale of its own.

    The scale is by the largest: cutting that off, even by 3%, errs more at eight bits.

    Args:
        weight: (rows, columns) float32.

    Returns:
        (rows, columns) int8 and (rows,) float32, whose product it is.
    """
    scales = weight.abs().amax(1, keepdim=True).clamp_min(_TINIEST) / _LARGEST_I8
    return (weight / scales).round().to(torch.int8), scales[:, 0]

"""What an int8 encoder file holds, and the float weights that it stands for.

A linear layer's weights are int8 with a scale for each row; its input is rounded to uint8 by one
step and one zero point, found on pictures. The first serve everywhere, once they are multiplied
out; the second only where the processor multiplies such numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from vsearch.errors import WeightsError

INT8 = "int8"
"""What an encoder file says under ``quantised``."""

SCALE_SUFFIX = ".weight_scale"
"""After a layer's name: (rows,) float32, what a row of int8 weights is multiplied by."""

STEP_SUFFIX = ".input_step"
"""After a layer's name: (2,) float32, the step of its input and the zero point, 0 to 255."""

_WEIGHT_SUFFIX = ".weight"
_LARGEST_U8 = 255

Tensors = Mapping[str, torch.Tensor]


def dequantise(path: Path, tensors: Tensors) -> dict[str, torch.Tensor]:
    """Multiply int8 weights by their scales.

    Args:
        path: of the file, to name it.
        tensors: everything in it but a head.

    Returns:
        Tensors in timm's names, float32 where they were int8.

    Raises:
        WeightsError: a scale or step is missing, of another shape, or out of range.
    """
    scales = _layers(tensors, SCALE_SUFFIX)
    weights: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        if name.endswith((SCALE_SUFFIX, STEP_SUFFIX)):
            continue
        if tensor.dtype == torch.int8:
            scale = scales.pop(name.removesuffix(_WEIGHT_SUFFIX), None)
            if scale is None:
                raise _damaged(path, f'"{name}" has no scale')
            if tensor.ndim == 0 or scale.shape != tensor.shape[:1] or not _is_positive(scale):
                raise _damaged(path, f'the scale of "{name}" has no number above 0 for each row')
            tensor = tensor.float() * scale.float().view(-1, *[1] * (tensor.ndim - 1))
        weights[name] = tensor
    if scales:
        raise _damaged(path, f'"{next(iter(scales))}" has a scale and no int8 weights')
    for layer, step in _layers(tensors, STEP_SUFFIX).items():
        if step.shape != (2,) or not _is_positive(step[:1]) or not 0 <= step[1] <= _LARGEST_U8:
            raise _damaged(path, f'the step of "{layer}" is no step with a zero point of 0..255')
    return weights


def _layers(tensors: Tensors, suffix: str) -> dict[str, torch.Tensor]:
    return {
        name.removesuffix(suffix): tensor
        for name, tensor in tensors.items()
        if name.endswith(suffix)
    }


def _is_positive(values: torch.Tensor) -> bool:
    return bool(torch.isfinite(values).all()) and bool((values > 0).all())


def _damaged(path: Path, reason: str) -> WeightsError:
    return WeightsError(f"{path}: damaged: {reason}; get it again")

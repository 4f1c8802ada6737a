"""Weights out of a safetensors file into a model, or a message that says why not."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from vsearch.encoder.encoder_file import EncoderFile, read_encoder_file
from vsearch.encoder.head import PREFIX as HEAD_PREFIX
from vsearch.encoder.int8_format import dequantise
from vsearch.encoder.safetensors_file import opened
from vsearch.errors import WeightsError

Tensors = dict[str, torch.Tensor]

_MISFITS_SHOWN = 3


@dataclass(frozen=True)
class WeightsFile:
    """What a safetensors file holds."""

    about: EncoderFile
    """What it says of itself; its head is here."""

    tensors: Tensors
    """The backbone's, as floats."""

    int8: Tensors | None = None
    """The backbone's as they are in the file, where that is int8."""

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.about.path


def read_weights(path: Path) -> WeightsFile:
    """Read a safetensors file with a backbone's weights, an encoder file or plain ones.

    Raises:
        WeightsError: there is no such file, it is damaged, or it is of another format.
    """
    about = read_encoder_file(path)
    with opened(path, "pt") as file:
        tensors = {
            name: file.get_tensor(name)
            for name in file.keys()  # noqa: SIM118 - not a dict
            if about.head is None or not name.startswith(HEAD_PREFIX)
        }
    if about.quantised is None:
        return WeightsFile(about, tensors)
    return WeightsFile(about, dequantise(path, tensors), int8=tensors)


def fill(model: nn.Module, weights: WeightsFile, architecture: str) -> None:
    """Put the file's tensors into the model; its classifier, if there is one, is left out.

    Raises:
        WeightsError: a tensor is missing, of another shape, not part of the architecture,
            or holds values that aren't finite.
    """
    tensors = _without_classifier(model, weights.tensors)
    misfits = _misfits(model, tensors)
    if misfits:
        converted = _without_classifier(model, _converted(model, weights.tensors))
        if _misfits(model, converted):
            raise WeightsError(
                f"{weights.path}: doesn't fit {architecture}: {_some(misfits)}; "
                "name the architecture that the file was saved from"
            )
        tensors = converted
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise WeightsError(
                f'{weights.path}: damaged: "{name}" has values that are not finite; get it again'
            )
    model.load_state_dict(tensors)


def _without_classifier(model: nn.Module, tensors: Tensors) -> Tensors:
    named = getattr(model, "pretrained_cfg", {}).get("classifier") or "head"
    classifiers = (named,) if isinstance(named, str) else tuple(named)
    prefixes = tuple(f"{classifier}." for classifier in classifiers)
    wanted = model.state_dict().keys()
    return {
        name: tensor
        for name, tensor in tensors.items()
        if name in wanted or not name.startswith(prefixes)
    }


def _misfits(model: nn.Module, tensors: Tensors) -> list[str]:
    wanted: Mapping[str, torch.Tensor] = model.state_dict()
    reshaped = [
        f'"{name}" is {tuple(tensors[name].shape)}, not {tuple(tensor.shape)}'
        for name, tensor in wanted.items()
        if name in tensors and tensors[name].shape != tensor.shape
    ]
    missing = [f'"{name}" is missing' for name in wanted if name not in tensors]
    extra = [f'"{name}" has no place' for name in tensors if name not in wanted]
    return reshaped + missing + extra


def _converted(model: nn.Module, tensors: Tensors) -> Tensors:
    """Rename tensors of the model's first publication (OpenCLIP, DINOv2, ...) as timm does."""
    module = sys.modules[type(model).__module__]
    convert = getattr(module, "checkpoint_filter_fn", None)
    if convert is None:
        return tensors
    try:
        converted: Tensors = convert(dict(tensors), model)
    except (KeyError, ValueError, RuntimeError, AttributeError, TypeError, IndexError):
        return tensors  # It presumes a format that this file hasn't; the caller says so.
    return converted


def _some(misfits: list[str]) -> str:
    more = len(misfits) - _MISFITS_SHOWN
    return ", ".join(misfits[:_MISFITS_SHOWN]) + (f" and {more} more" if more > 0 else "")

"""Builds an encoder: a timm name and where its weights come from, in; an ``Encoder``, out."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from torch import nn

from vsearch.encoder import hub
from vsearch.encoder.architecture import build, data_config, full_name, pooling
from vsearch.encoder.encoder_file import read_encoder_file
from vsearch.encoder.fingerprint import fingerprint, weights_digest
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.precision import choose_device, place
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.encoder.torchvision_shim import import_timm
from vsearch.encoder.weights import fill, read_weights
from vsearch.errors import EncoderError, WeightsError
from vsearch.settings import DEFAULT_ENCODER, Settings

HUB = "hub"
RANDOM = "random:"
DEFAULT_MAX_PIXELS = Settings().max_pixels

_FILE_SUFFIXES = {".safetensors", ".bin", ".ckpt", ".pt", ".pth"}


def load_encoder(
    name_or_file: str | Path | None = None,
    *,
    weights: str | Path | None = None,
    device: str = "auto",
    dtype: str = "auto",
    max_pixels: int = DEFAULT_MAX_PIXELS,
) -> TimmEncoder:
    """Load an encoder.

    Args:
        name_or_file: a timm name, or the path of a safetensors file. With a file, or with
            only ``weights``, the architecture is what the file's metadata gives under
            ``architecture``, else the timm name that the file is called by, else the default.
            None is the default.
        weights: a safetensors file, ``hub`` (timm's own; what None means with a name) or
            ``random:SEED`` (untrained, to try the wiring).
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
        dtype: ``auto``, ``float32`` or ``bfloat16``.
        max_pixels: a picture with more is rejected by ``encode`` before it is decoded.

    Raises:
        EncoderError: no such architecture, device or dtype.
        WeightsError: the weights are missing, damaged, can't be downloaded or don't fit.
    """
    if _is_file(name_or_file):
        if weights is not None:
            raise EncoderError(
                f'"{name_or_file}" and "{weights}": two places for the weights; '
                "give a timm name with --weights, or one file"
            )
        name_or_file, weights = None, name_or_file
    source = _weights_text(weights)
    architecture = _architecture_of(source) if name_or_file is None else str(name_or_file)
    spec = EncoderSpec(architecture, source)
    return load_spec(spec, device=device, dtype=dtype, max_pixels=max_pixels)


def load_spec(
    spec: EncoderSpec,
    *,
    device: str = "auto",
    dtype: str = "auto",
    max_pixels: int = DEFAULT_MAX_PIXELS,
) -> TimmEncoder:
    """Load the encoder that a collection's manifest describes; as ``load_encoder``."""
    chosen_device = choose_device(device)
    spec = EncoderSpec(full_name(spec.architecture), spec.weights)
    model = _model(spec)
    preprocessing = Preprocessing.from_data_config(data_config(model))
    identity = fingerprint(
        spec.architecture, weights_digest(model.state_dict()), preprocessing, pooling(model)
    )
    return TimmEncoder(
        place(model, preprocessing, chosen_device, dtype, reload=partial(_model, spec)),
        preprocessing,
        spec=spec,
        fingerprint=identity,
        max_pixels=max_pixels,
    )


def _model(spec: EncoderSpec) -> nn.Module:
    if spec.weights.startswith(RANDOM):
        return build(spec.architecture, seed=_seed(spec.weights))
    from_hub = spec.weights == HUB
    file = read_weights(hub.download(spec.architecture) if from_hub else Path(spec.weights))
    model = build(spec.architecture, seed=None)
    fill(model, file, spec.architecture)
    return model


def _is_file(name_or_file: str | Path | None) -> bool:
    if isinstance(name_or_file, str):
        return "/" in name_or_file or Path(name_or_file).suffix in _FILE_SUFFIXES
    return name_or_file is not None


def _weights_text(weights: str | Path | None) -> str:
    if weights is None or weights == HUB:
        return HUB
    if isinstance(weights, str) and weights.startswith(RANDOM):
        return weights
    return str(Path(weights).expanduser().absolute())


def _architecture_of(source: str) -> str:
    if source == HUB or source.startswith(RANDOM):
        return DEFAULT_ENCODER
    told = read_encoder_file(Path(source)).architecture
    if told:
        return told
    stem = Path(source).stem
    return stem if import_timm().is_model(stem) else DEFAULT_ENCODER


def _seed(source: str) -> int:
    digits = source.removeprefix(RANDOM)
    if not digits.isdecimal():
        raise WeightsError(f'"{source}": the seed is not a whole number; write random:0')
    return int(digits)

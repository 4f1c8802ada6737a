"""Builds an encoder: a name and where its weights come from, in; an ``Encoder``, out."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from torch import nn

from vsearch.encoder import hub
from vsearch.encoder.architecture import build, data_config, dimension, full_name, pooling
from vsearch.encoder.encoder_file import EncoderFile
from vsearch.encoder.fingerprint import fingerprint, weights_digest
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.loaded import LoadedBackbone
from vsearch.encoder.name import encoder_name
from vsearch.encoder.open_clip_load import load_open_clip
from vsearch.encoder.open_clip_name import is_open_clip
from vsearch.encoder.precision import choose_device, place
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.encoder.sources import local_file, random_seed, read_head_file, spec_of
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.encoder.token_and_mean import TOKEN_AND_MEAN, TokenAndMean
from vsearch.encoder.weights import WeightsFile, fill, read_weights
from vsearch.errors import EncoderError, WeightsError
from vsearch.settings import Settings

DEFAULT_MAX_PIXELS = Settings().max_pixels


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
        name_or_file: a timm name, one of open_clip's (``open_clip:ViT-B-32/TAG``,
            ``open_clip:hf-hub:ORG/NAME``, ``open_clip:local-dir:FOLDER``), ``bundled``, or the
            path of a safetensors file: an encoder file, a head's file, or plain weights. With
            a file, or with only ``weights``, the architecture is what the file's metadata give
            under ``architecture``, else the timm name that the file is called by, else the
            default. A head's file says which backbone it belongs to. None is the default.
        weights: the backbone's: a safetensors file, ``bundled``, ``hub`` (timm's own; what
            None means with a name) or ``random:SEED`` (untrained, to try the wiring). With a
            head's file None means where its backbone was when the head was made.
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
        dtype: ``auto``, ``float32`` or ``bfloat16``. Only with ``auto`` an int8 file runs in
            int8, where the processor can; else its weights are turned into floats.
        max_pixels: a picture with more is rejected by ``encode`` before it is decoded.

    Raises:
        EncoderError: no such architecture, device or dtype, or a head for another backbone.
        WeightsError: the weights are missing, damaged, can't be downloaded or don't fit.
    """
    spec = spec_of(name_or_file, weights)
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
    head_file = None if spec.head is None else read_head_file(spec.head)
    if is_open_clip(spec.architecture):
        loaded = load_open_clip(spec, chosen_device)
    else:
        loaded = _load_timm(spec, head_file)
    spec, own = loaded.spec, loaded.about
    if head_file is not None:
        of_backbone = encoder_name(dataclasses.replace(spec, head=None), own, None)
        named = f"{of_backbone} [{loaded.fingerprint[:12]}]"
        _require_made_for(head_file, named, loaded.fingerprint, dimension(loaded.model))
    return TimmEncoder(
        place(
            loaded.model,
            loaded.preprocessing,
            chosen_device,
            dtype,
            reload=loaded.reload,
            int8=loaded.int8,
        ),
        loaded.preprocessing,
        None if head_file is None else head_file.head,
        spec=spec,
        name=encoder_name(spec, own, head_file),
        backbone_fingerprint=loaded.fingerprint,
        max_pixels=max_pixels,
        texts=loaded.texts,
    )


def load_backbone(spec: EncoderSpec) -> tuple[nn.Module, Preprocessing, str]:
    """Load what can be trained: the head, if any, is left out.

    Returns:
        The model without classifier (float32, on the CPU, evaluation mode, with its
        architecture's own pooling), its preprocessing, and its full timm name.

    Raises:
        EncoderError: no such architecture.
        WeightsError: the weights are missing, damaged, can't be downloaded or don't fit.
    """
    if is_open_clip(spec.architecture):
        raise EncoderError(
            f'encoder "{spec.architecture}": only timm\'s can be trained; this one can be a'
            " teacher, or have a head put on it"
        )
    architecture = full_name(spec.architecture)
    spec = dataclasses.replace(spec, architecture=architecture)
    weights = _weights(spec)
    model = _plain_model(spec, weights)
    return model, _preprocessing(model, None if weights is None else weights.about), architecture


def _load_timm(spec: EncoderSpec, head_file: EncoderFile | None) -> LoadedBackbone:
    spec = dataclasses.replace(spec, architecture=full_name(spec.architecture))
    weights = _weights(spec)
    model = _model(spec, weights)
    own = None if weights is None else weights.about
    int8 = None if weights is None else weights.int8
    del weights  # As large as the model.
    preprocessing = _preprocessing(model, head_file, own)
    return LoadedBackbone(
        spec,
        model,
        preprocessing,
        fingerprint(
            spec.architecture, weights_digest(model.state_dict()), preprocessing, pooling(model)
        ),
        own,
        reload=lambda: _model(spec, _weights(spec)),
        int8=int8,
    )


def _weights(spec: EncoderSpec) -> WeightsFile | None:
    """What the model is to be filled with; None where its weights are random."""
    if random_seed(spec.weights) is not None:
        return None
    return read_weights(local_file(spec.weights) or hub.download(spec.architecture))


def _model(spec: EncoderSpec, weights: WeightsFile | None) -> nn.Module:
    """The model, pooled as its file says."""
    model = _plain_model(spec, weights)
    how = None if weights is None else weights.about.pooling
    if how == TOKEN_AND_MEAN:
        return TokenAndMean(model)
    if how is not None:
        raise WeightsError(
            f'{spec.weights}: pooling "{how}" is unknown to this vsearch: upgrade vsearch'
        )
    return model


def _plain_model(spec: EncoderSpec, weights: WeightsFile | None) -> nn.Module:
    if weights is None:
        return build(spec.architecture, seed=random_seed(spec.weights))
    model = build(spec.architecture, seed=None)
    fill(model, weights, spec.architecture)
    return model


def _preprocessing(model: nn.Module, *files: EncoderFile | None) -> Preprocessing:
    """The first that a file gives, else timm's own."""
    own = Preprocessing.from_data_config(data_config(model))
    for file in files:
        if file is None or file.preprocessing is None:
            continue
        given = file.preprocessing
        # A ViT has one embedding for every place of its own grid.
        has_other_size = (given.height, given.width) != (own.height, own.width)
        if has_other_size and getattr(model, "pretrained_cfg", {}).get("fixed_input_size"):
            raise WeightsError(
                f"{file.path}: its preprocessing gives {given.height}x{given.width} pixels, and"
                f" its architecture takes {own.height}x{own.width}; get it again"
            )
        return given
    return own


def _require_made_for(file: EncoderFile, named: str, fingerprint: str, dim: int) -> None:
    wanted = file.backbone
    if wanted is not None and wanted.fingerprint != fingerprint:
        raise EncoderError(
            f"{file.path}: made for the backbone {wanted.architecture}"
            f" [{wanted.fingerprint[:12]}], not {named}: give the weights that it was made for"
            " with --weights FILE, or train a head for these"
        )
    if file.head is not None and file.head.in_dim != dim:
        raise EncoderError(
            f"{file.path}: its head takes embeddings of {file.head.in_dim}, and {named} gives"
            f" {dim}: give the weights that it was made for with --weights FILE"
        )

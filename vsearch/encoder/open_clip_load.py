"""Loads the image tower of an open_clip model as a backbone."""

from __future__ import annotations

import dataclasses

import torch

from vsearch.encoder.encoder_file import EncoderFile
from vsearch.encoder.fingerprint import fingerprint, weights_digest
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.loaded import LoadedBackbone
from vsearch.encoder.open_clip_name import PREFIX, OpenClipName
from vsearch.encoder.open_clip_preprocessing import preprocessing_from
from vsearch.encoder.open_clip_source import OpenClipSource, find_source
from vsearch.encoder.open_clip_texts import OpenClipTexts
from vsearch.encoder.open_clip_towers import description, image_tower


def load_open_clip(spec: EncoderSpec, device: torch.device) -> LoadedBackbone:
    """Load an image tower; the text tower waits for the first text.

    Args:
        spec: its architecture begins with ``open_clip:``.
        device: where texts will be embedded.

    Raises:
        EncoderError: open_clip isn't installed, has no such model or can't build it.
        WeightsError: the weights are missing, damaged, can't be downloaded or don't fit.
    """
    name = OpenClipName.parse(spec.architecture)
    source = find_source(spec)
    model = image_tower(source)
    preprocessing = preprocessing_from(
        source.preprocessing, model.image_size, name=spec.architecture
    )
    return LoadedBackbone(
        dataclasses.replace(spec, architecture=str(name)),
        model,
        preprocessing,
        # The same from the hub as from a copy of it in a folder.
        fingerprint(
            "open_clip", weights_digest(model.state_dict()), preprocessing, description(source)
        ),
        _about(name, source),
        reload=lambda: image_tower(source),
        texts=OpenClipTexts(source, device).embed,
    )


def _about(name: OpenClipName, source: OpenClipSource) -> EncoderFile | None:
    if source.weights is None:
        return None
    short = None if name.folder is None else f"{PREFIX}{name.folder.name}"
    return EncoderFile(source.weights, str(name), has_backbone=True, name=short)

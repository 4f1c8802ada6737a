"""The two halves of an open_clip model, each built and filled without the other.

A text tower is often larger than its image tower (SigLIP 2's knows 256,000 words), and who
indexes a catalogue has no use for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from vsearch.encoder.architecture import initialisation
from vsearch.encoder.encoder_file import EncoderFile
from vsearch.encoder.open_clip_library import import_open_clip
from vsearch.encoder.open_clip_source import OpenClipSource
from vsearch.encoder.safetensors_file import opened
from vsearch.encoder.weights import Tensors, WeightsFile, fill
from vsearch.errors import EncoderError

_PICTURES = "visual."
_TEXTS = "text."
_OF_NEITHER = ("logit_scale", "logit_bias")

# What stands for the half that isn't wanted: one layer, a few kilobytes.
_NO_TEXT = {"context_length": 8, "vocab_size": 8, "width": 8, "heads": 1, "layers": 1}
_NO_PICTURES = {"image_size": 8, "patch_size": 8, "width": 8, "head_width": 8, "layers": 1}


class ImageTower(nn.Module):
    """Normalised pixels (n, 3, height, width) to embeddings (n, ``num_features``)."""

    def __init__(self, visual: nn.Module, dim: int) -> None:
        super().__init__()
        self.visual = visual
        self.num_features = dim

    @property
    def image_size(self) -> int | tuple[int, int]:
        """Of the pictures that it takes: a side, or height and width."""
        size = getattr(self.visual, "image_size", 0)
        return size if isinstance(size, int) else (int(size[0]), int(size[1]))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Embed a batch."""
        embeddings: torch.Tensor = self.visual(batch)
        return embeddings


class TextTower(nn.Module):
    """Tokens (n, length) to embeddings (n, ``num_features``)."""

    def __init__(self, text: nn.Module, dim: int) -> None:
        super().__init__()
        self.text = text
        self.num_features = dim

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Embed a batch."""
        embeddings: torch.Tensor = self.text(tokens)
        return embeddings


def image_tower(source: OpenClipSource) -> ImageTower:
    """Build the half that takes pictures: float32, on the CPU, in evaluation mode.

    Raises:
        EncoderError: open_clip can't build it.
        WeightsError: the weights are missing, damaged or don't fit.
    """
    vision = _section(source, "vision_cfg") | {"timm_model_pretrained": False}
    model = _build(source, {"vision_cfg": vision, "text_cfg": _NO_TEXT})
    tower = ImageTower(model.visual, int(source.model["embed_dim"]))
    _fill(tower, source, _names_of_pictures)
    return tower.eval()


def text_tower(source: OpenClipSource) -> TextTower:
    """Build the half that takes texts, likewise."""
    text = _section(source, "text_cfg")
    if "hf_model_name" in text:
        text["hf_model_pretrained"] = False
    model = _build(source, {"vision_cfg": _NO_PICTURES, "text_cfg": text})
    tower = TextTower(model.text, int(source.model["embed_dim"]))
    _fill(tower, source, _names_of_texts)
    return tower.eval()


def description(source: OpenClipSource) -> str:
    """All that the image tower's embedding depends on beside its weights and preprocessing."""
    quick_gelu = bool(source.model.get("quick_gelu"))
    return json.dumps([_section(source, "vision_cfg"), quick_gelu], sort_keys=True)


def _section(source: OpenClipSource, key: str) -> dict[str, Any]:
    section = source.model.get(key)
    if not isinstance(section, Mapping) or not isinstance(source.model.get("embed_dim"), int):
        raise EncoderError(
            f'encoder "{source.name}": its configuration has no embed_dim, vision_cfg or text_cfg;'
            " get it again"
        )
    return dict(section)


def _build(source: OpenClipSource, sections: Mapping[str, Any]) -> Any:
    open_clip = import_open_clip(source.name)
    # The name of a class of models, not of a model's argument.
    settings = {key: value for key, value in source.model.items() if key != "custom_text"}
    try:
        with initialisation(source.seed):
            return open_clip.CustomTextCLIP(**{**settings, **sections})
    except (
        ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, OSError,
        RuntimeError, TypeError, ValueError,
    ) as error:  # fmt: skip
        raise EncoderError(
            f'encoder "{source.name}": open_clip can\'t build it: {error!r}'
        ) from error


def _fill(
    tower: nn.Module, source: OpenClipSource, names: Callable[[list[str]], dict[str, str]]
) -> None:
    if source.weights is not None:
        tensors = _read(source.weights, names)
        about = EncoderFile(source.weights, None, has_backbone=True)
        fill(tower, WeightsFile(about, tensors), source.name)


def _read(path: Path, names: Callable[[list[str]], dict[str, str]]) -> Tensors:
    with opened(path, "pt") as file:
        return {name: file.get_tensor(stored) for stored, name in names(list(file.keys())).items()}


def _names_of_pictures(stored: list[str]) -> dict[str, str]:
    return {name: name for name in stored if name.startswith(_PICTURES)}


def _names_of_texts(stored: list[str]) -> dict[str, str]:
    """From names in the file to the tower's own.

    CLIP's first layout has the text tower's parts at the top, beside ``visual``.
    """
    if any(name.startswith(_TEXTS) for name in stored):
        return {name: name for name in stored if name.startswith(_TEXTS)}
    others = (_PICTURES, *_OF_NEITHER)
    return {name: f"{_TEXTS}{name}" for name in stored if not name.startswith(others)}

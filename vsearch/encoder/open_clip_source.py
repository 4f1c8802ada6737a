"""Where an open_clip encoder's configuration and weights are, and what the former says."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsearch.encoder import hub
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.open_clip_library import import_open_clip
from vsearch.encoder.open_clip_name import PREFIX, WEIGHTS_FILE, OpenClipName
from vsearch.encoder.sources import local_file, random_seed
from vsearch.errors import EncoderError, WeightsError

_CONFIG_FILE = "open_clip_config.json"

Config = Mapping[str, Any]


@dataclass(frozen=True)
class OpenClipSource:
    """What is needed to build either tower."""

    name: str
    """The encoder's, for messages."""

    model: Config
    """open_clip's ``model_cfg``: ``embed_dim``, ``vision_cfg``, ``text_cfg``, ..."""

    preprocessing: Config
    """open_clip's ``preprocess_cfg``; what isn't there has open_clip's default."""

    tokenizer: str
    """What open_clip knows its tokenizer by."""

    weights: Path | None
    """A safetensors file; None where the weights are random."""

    seed: int | None
    """Of random weights."""


def find_source(spec: EncoderSpec) -> OpenClipSource:
    """Find an encoder's files, or download them.

    Raises:
        EncoderError: open_clip is missing or has no such model, or the configuration is
            damaged or of a kind that can't be used.
        WeightsError: there are none, or they can't be downloaded.
    """
    name = OpenClipName.parse(spec.architecture)
    if name.architecture is not None:
        model, preprocessing, repository = _published(spec, name.architecture, name.tag)
        tokenizer = name.architecture
    else:
        repository = name.repository
        config_file = (
            name.folder / _CONFIG_FILE
            if name.folder is not None
            else hub.download_file(str(repository), _CONFIG_FILE, wanted_for=spec.architecture)
        )
        import_open_clip(spec.architecture)
        model, preprocessing = _read_config(config_file)
        tokenizer = str(name).removeprefix(PREFIX)
    if "multimodal_cfg" in model:
        raise EncoderError(
            f'encoder "{spec.architecture}": a captioning model (CoCa), which is not supported;'
            " choose another one"
        )
    seed = random_seed(spec.weights)
    weights = local_file(spec.weights)
    if seed is None and weights is None:
        weights = _download_weights(spec.architecture, repository)
    return OpenClipSource(spec.architecture, model, preprocessing, tokenizer, weights, seed)


def _published(
    spec: EncoderSpec, architecture: str, tag: str | None
) -> tuple[Config, Config, str | None]:
    """Configurations of one of open_clip's own models, and the repository of its weights."""
    open_clip = import_open_clip(spec.architecture)
    model = open_clip.get_model_config(architecture)
    if model is None:
        near = difflib.get_close_matches(architecture, open_clip.list_models(), 3)
        raise EncoderError(
            f'encoder "{spec.architecture}": open_clip has no model "{architecture}"'
            + (f"; near it: {', '.join(near)}" if near else "; see open_clip.list_models()")
        )
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    configs = {known: open_clip.get_pretrained_cfg(architecture, known) for known in tags}
    known = ", ".join(tags) or "none"
    if tag is not None:
        config = open_clip.get_pretrained_cfg(architecture, tag)
        if not config:
            raise EncoderError(
                f'encoder "{spec.architecture}": open_clip has no weights "{tag}" of'
                f" {architecture}; it has {known}"
            )
    else:
        if random_seed(spec.weights) is None and local_file(spec.weights) is None:
            raise WeightsError(
                f'encoder "{spec.architecture}": name its weights after a slash ({known}), or'
                " give them as a file: --weights FILE.safetensors"
            )
        config = next(iter(configs.values()), {})
        if any(_of_training(other) != _of_training(config) for other in configs.values()):
            raise EncoderError(
                f'encoder "{spec.architecture}": it is trained with several preprocessings;'
                f" name after a slash what the weights come from: {known}"
            )
    if config.get("quick_gelu"):
        model["quick_gelu"] = True
    elif model.get("quick_gelu") and tag is not None:
        raise EncoderError(
            f'encoder "{spec.architecture}": "{tag}" was trained with GELU, not QuickGELU;'
            f" write {PREFIX}{architecture.removesuffix('-quickgelu')}/{tag}"
        )
    repository = str(config.get("hf_hub") or "").rpartition("/")[0]
    return model, config, repository or None


def _of_training(config: Config) -> list[Any]:
    keys = ("mean", "std", "interpolation", "resize_mode", "quick_gelu")
    return [config.get(key) or None for key in keys]


def _read_config(path: Path) -> tuple[Config, Config]:
    try:
        config = json.loads(path.read_text("utf-8"))
        return dict(config["model_cfg"]), dict(config.get("preprocess_cfg") or {})
    except FileNotFoundError as error:
        raise EncoderError(
            f"{path}: no such file; name a folder that open_clip saved a model in"
        ) from error
    except OSError as error:
        raise EncoderError(f"{path}: can't be read: {error.strerror or error}") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise EncoderError(f"{path}: not an open_clip configuration ({error!r})") from error


def _download_weights(name: str, repository: str | None) -> Path:
    """From the hub, and safetensors alone: what else is published are pickles."""
    if repository is None:
        raise WeightsError(
            f'encoder "{name}": the hub has no safetensors weights of it; give the weights as a'
            " file: --weights FILE.safetensors"
        )
    return hub.download_file(repository, WEIGHTS_FILE, wanted_for=name)

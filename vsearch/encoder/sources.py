"""From what a user names to what can be loaded again: words, names and files."""

from __future__ import annotations

from pathlib import Path

from vsearch.encoder.bundled import bundled_file
from vsearch.encoder.encoder_file import EncoderFile, read_encoder_file
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.open_clip_name import OpenClipName, is_open_clip, weights_in
from vsearch.errors import EncoderError, WeightsError
from vsearch.settings import BUNDLED, DEFAULT_ENCODER, DEFAULT_WEIGHTS, HUB

RANDOM = "random:"

_FILE_SUFFIXES = {".safetensors", ".bin", ".ckpt", ".pt", ".pth"}


def is_file(name_or_file: str | Path) -> bool:
    """Whether it is the path of a file and not a name; nothing is looked for."""
    if isinstance(name_or_file, str):
        if is_open_clip(name_or_file):
            return False
        return "/" in name_or_file or Path(name_or_file).suffix in _FILE_SUFFIXES
    return True


def in_full(weights: str | Path) -> str:
    """``hub``, ``bundled`` and ``random:SEED`` as they are, a path made absolute."""
    if isinstance(weights, str) and (weights in (HUB, BUNDLED) or weights.startswith(RANDOM)):
        return weights
    return str(Path(weights).expanduser().absolute())


def local_file(weights: str) -> Path | None:
    """The file behind what ``in_full`` gives; None for ``hub`` and ``random:SEED``.

    Raises:
        WeightsError: the bundled file is missing.
    """
    if weights == BUNDLED:
        return bundled_file()
    return None if weights == HUB or weights.startswith(RANDOM) else Path(weights)


def random_seed(weights: str) -> int | None:
    """The seed in ``random:SEED``; None for anything else.

    Raises:
        WeightsError: it is no whole number.
    """
    if not weights.startswith(RANDOM):
        return None
    digits = weights.removeprefix(RANDOM)
    if not digits.isdecimal():
        raise WeightsError(f'"{weights}": the seed is not a whole number; write random:0')
    return int(digits)


def read_head_file(source: str) -> EncoderFile:
    """Read the file of an ``EncoderSpec``'s head.

    Raises:
        WeightsError: it is missing or damaged, or has no head any more.
    """
    path = bundled_file() if source == BUNDLED else Path(source)
    if not path.exists():
        raise WeightsError(f"{path}: the head's file is gone; say where it is with --encoder FILE")
    file = read_encoder_file(path)
    if file.head is None:
        raise WeightsError(f"{path}: has no head; name the file that has it with --encoder")
    return file


def spec_of(
    name_or_file: str | Path | None = None, weights: str | Path | None = None
) -> EncoderSpec:
    """Work out how an encoder is to be loaded; see ``load_encoder`` for what may be named.

    Raises:
        EncoderError: two places for the weights.
        WeightsError: a file is missing or damaged, or a head's backbone isn't where it was.
    """
    if name_or_file is None:
        return _of_weights(None, DEFAULT_WEIGHTS if weights is None else in_full(weights))
    if name_or_file == BUNDLED:
        _require_one_place(name_or_file, weights)
        return _of_weights(None, BUNDLED)
    if isinstance(name_or_file, str) and is_open_clip(name_or_file):
        return _of_open_clip(OpenClipName.parse(name_or_file), weights)
    if not is_file(name_or_file):
        return _of_weights(str(name_or_file), HUB if weights is None else in_full(weights))
    path = in_full(name_or_file)
    file = read_encoder_file(Path(path))
    if file.has_backbone:
        _require_one_place(name_or_file, weights)
        return _of_file(None, path, file)
    if file.backbone is None:  # The reader has seen to that.
        raise WeightsError(f"{path}: holds neither a backbone nor the name of one")
    source = _place_of_backbone(file) if weights is None else in_full(weights)
    return EncoderSpec(file.backbone.architecture, source, path)


def _of_open_clip(name: OpenClipName, weights: str | Path | None) -> EncoderSpec:
    if weights is not None:
        source = in_full(weights)
        path = local_file(source)
        if path is not None and path.is_dir():
            source = str(weights_in(path))
    elif name.folder is not None:
        source = str(weights_in(name.folder))
    else:
        source = HUB
    return EncoderSpec(str(name), source)


def _of_weights(architecture: str | None, source: str) -> EncoderSpec:
    path = local_file(source)
    if path is None:
        return EncoderSpec(architecture or DEFAULT_ENCODER, source)
    return _of_file(architecture, source, read_encoder_file(path))


def _of_file(architecture: str | None, source: str, file: EncoderFile) -> EncoderSpec:
    if not file.has_backbone:
        raise WeightsError(
            f"{source}: holds a head and no backbone; name it with --encoder, and with --weights"
            " where its backbone is"
        )
    architecture = architecture or file.architecture or _architecture_by_name(Path(source).stem)
    return EncoderSpec(architecture, source, None if file.head is None else source)


def _architecture_by_name(stem: str) -> str:
    # timm takes seconds to import: only plain weights need it here.
    from vsearch.encoder.torchvision_shim import import_timm

    return stem if import_timm().is_model(stem) else DEFAULT_ENCODER


def _place_of_backbone(file: EncoderFile) -> str:
    source = "" if file.backbone is None else file.backbone.weights
    if source in (HUB, BUNDLED) or source.startswith(RANDOM):
        return source
    if not Path(source).is_absolute() or not Path(source).is_file():
        raise WeightsError(
            f'{file.path}: its backbone is not at "{source}", where it was when the head was'
            " made; say where it is with --weights FILE"
        )
    return source


def _require_one_place(name_or_file: str | Path, weights: str | Path | None) -> None:
    if weights is not None:
        raise EncoderError(
            f'"{name_or_file}" and "{weights}": two places for the weights; '
            "give a timm name or a head's file with --weights, or one file"
        )

"""What an encoder file tells of how it was made, so that it can be made again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vsearch._version import __version__
from vsearch.encoder.encoder_file import read_encoder_file
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.open_clip_name import PREFIX, OpenClipName, is_open_clip
from vsearch.encoder.sources import local_file


def training_record(
    command: str,
    *,
    seed: int,
    configuration: Mapping[str, Any],
    data: Mapping[str, Any],
    initialised_from: EncoderSpec,
    measured: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Put together the ``training`` entry of an encoder file.

    Args:
        command: ``distil``, ``tune`` or ``quantise``.
        seed: that the result depends on.
        configuration: every option that the result depends on, as JSON can hold it.
        data: ``sha256`` over the content hashes, and counts.
        initialised_from: what it started as; what its own file tells is told again, so that a
            result of several trainings tells them all.
        measured: ``set``, ``metric``, ``before``, ``after`` and, where known, ``low`` and
            ``high`` of each figure.
    """
    return {
        "command": command,
        "seed": seed,
        "configuration": _without_folders(configuration),
        "data": dict(data),
        "initialised_from": _without_folders(
            {
                "architecture": initialised_from.architecture,
                "weights": initialised_from.weights,
                "training": _earlier(initialised_from),
            }
        ),
        "measured": [dict(figure) for figure in measured],
        "vsearch_version": __version__,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _earlier(start: EncoderSpec) -> Mapping[str, Any] | None:
    path = local_file(start.weights)
    if path is None or not path.is_file():
        return None
    return read_encoder_file(path).training or None


def _without_folders(value: Any) -> Any:
    """Keep a file's name and leave out where it lay: that is nobody else's business."""
    match value:
        case dict():
            return {key: _without_folders(item) for key, item in value.items()}
        case list() | tuple():
            return [_without_folders(item) for item in value]
        case Path():
            return value.name
        case str() if Path(value).is_absolute():
            return Path(value).name
        case str() if is_open_clip(value):
            name = OpenClipName.parse(value)
            return str(name) if name.folder is None else f"{PREFIX}{name.folder.name}"
        case _:
            return value

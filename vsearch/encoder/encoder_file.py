"""The encoder file: a backbone's weights, a head, or both, and what they were made of.

One safetensors file whose metadata say what it is. A safetensors file without them is plain
weights in timm's names, and reads as an encoder file that says little.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save

from vsearch.durable import write_atomically
from vsearch.encoder.head import PREFIX, Head
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.encoder.safetensors_file import opened
from vsearch.encoder.seal import SEAL, UNSEALED, is_intact, sealed
from vsearch.errors import WeightsError
from vsearch.storage import storage_errors

if TYPE_CHECKING:
    import torch

FORMAT = "vsearch encoder"

#: The newest format that this version reads and the one that it writes.
FORMAT_VERSION = 1

# Written out, because heads are read where torch isn't: int8_format.INT8.
_INT8 = "int8"


@dataclass(frozen=True, slots=True)
class BackboneReference:
    """The backbone that a head was made for, where the file doesn't hold it."""

    architecture: str
    """A timm name."""

    weights: str
    """Where it was: ``bundled``, ``hub``, ``random:SEED`` or the path of a safetensors file."""

    fingerprint: str
    """The backbone's own, without a head: 32 hex digits."""


@dataclass(frozen=True, slots=True)
class EncoderFile:
    """What an encoder file says of itself, and its head; the backbone's tensors stay in it."""

    path: Path

    architecture: str | None
    """A timm name; None where plain weights name none."""

    has_backbone: bool
    """Whether it holds a backbone's weights."""

    name: str | None = None
    """A short one, for people."""

    head: Head | None = None

    preprocessing: Preprocessing | None = None
    """None where it is timm's own."""

    pooling: str | None = None
    """How the backbone makes one embedding of many; None where it is the architecture's own."""

    quantised: str | None = None
    """``int8`` where the backbone's weights are; None where they are floats."""

    backbone: BackboneReference | None = None
    """Of a head that comes without its backbone."""

    training: Mapping[str, Any] = field(default_factory=dict)
    """How it was made: command, seed, configuration, data, figures. Empty where unknown."""


def read_encoder_file(path: Path) -> EncoderFile:
    """Read all of a file but its backbone, without torch.

    Raises:
        WeightsError: there is no such file, it is damaged, of another format, or written by a
            newer vsearch.
    """
    with opened(path, "np") as file:
        metadata = file.metadata() or {}
        names = list(file.keys())
        of_head = [name for name in names if name.startswith(PREFIX)]
        if metadata.get("format") == FORMAT:
            _require_readable(path, metadata)
        elif of_head:
            raise WeightsError(f"{path}: damaged: a head, but no encoder file; get it again")
        else:
            return EncoderFile(path, metadata.get("architecture"), has_backbone=True)
        tensors = {name: file.get_tensor(name) for name in of_head}
    try:
        return _encoder_file(path, metadata, tensors, has_backbone=len(tensors) < len(names))
    except (KeyError, TypeError, ValueError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise WeightsError(f"{path}: damaged: {reason}; get it again") from error


def write_encoder_file(
    path: Path,
    *,
    tensors: Mapping[str, npt.NDArray[Any] | torch.Tensor],
    architecture: str,
    preprocessing: Preprocessing | None = None,
    pooling: str | None = None,
    quantised: str | None = None,
    head: Head | None = None,
    backbone: BackboneReference | None = None,
    training: Mapping[str, Any] | None = None,
    name: str | None = None,
) -> None:
    """Write a file, whole or not at all.

    Args:
        path: where to; an older one is replaced.
        tensors: the backbone's, by timm's names, float16, float32 or, with their scales, int8;
            none where ``backbone`` says which it is.
        architecture: the backbone's timm name.
        preprocessing: None where it is timm's own.
        pooling: ``token+avg``; None where it is the architecture's own.
        quantised: ``int8`` where the tensors are.
        head: what follows the backbone.
        backbone: the head's, which then has to be at hand when the file is loaded.
        training: how it was made; anything that JSON can hold.
        name: a short one, for people.

    Raises:
        ValueError: there are neither tensors nor a head with its backbone, or there are
            tensors and a reference to others.
        StorageError: the disk is full or can't be written.
    """
    if bool(tensors) == (backbone is not None):
        raise ValueError("a backbone's tensors or a reference to them is needed, and not both")
    if not tensors and head is None:
        raise ValueError("nothing to write: neither a backbone nor a head")
    metadata = {
        "format": FORMAT,
        "format_version": str(FORMAT_VERSION),
        "architecture": architecture,
    }
    records = {
        "preprocessing": None if preprocessing is None else asdict(preprocessing),
        "backbone": None if backbone is None else asdict(backbone),
        "training": training,
    }
    metadata |= {key: json.dumps(record) for key, record in records.items() if record is not None}
    named = {"name": name, "pooling": pooling, "quantised": quantised}
    metadata |= {key: text for key, text in named.items() if text is not None}
    arrays = {key: _array(values) for key, values in tensors.items()}
    if head is not None:
        arrays |= head.to_tensors()
    content = sealed(save(arrays, metadata | {SEAL: UNSEALED}))
    with storage_errors(path):
        write_atomically(path, lambda file: file.write(content))


def _encoder_file(
    path: Path,
    metadata: Mapping[str, str],
    tensors: Mapping[str, npt.NDArray[np.floating]],
    *,
    has_backbone: bool,
) -> EncoderFile:
    head = Head.from_tensors(tensors)
    backbone, preprocessing = _record(metadata, "backbone"), _record(metadata, "preprocessing")
    if not has_backbone and (head is None or backbone is None):
        raise ValueError("neither a backbone nor a head that says for which one it is")
    return EncoderFile(
        path,
        metadata["architecture"],
        has_backbone=has_backbone,
        name=metadata.get("name"),
        head=head,
        preprocessing=None if preprocessing is None else Preprocessing.from_record(preprocessing),
        pooling=metadata.get("pooling"),
        quantised=metadata.get("quantised"),
        backbone=None if backbone is None else _reference(backbone),
        training=_record(metadata, "training") or {},
    )


def _reference(record: Mapping[str, Any]) -> BackboneReference:
    return BackboneReference(
        architecture=str(record["architecture"]),
        weights=str(record["weights"]),
        fingerprint=str(record["fingerprint"]),
    )


def _record(metadata: Mapping[str, str], key: str) -> dict[str, Any] | None:
    if key not in metadata:
        return None
    record = json.loads(metadata[key])
    if not isinstance(record, dict):
        raise ValueError(f'its "{key}" is not a record')
    return record


def _require_readable(path: Path, metadata: Mapping[str, str]) -> None:
    version = metadata.get("format_version", "")
    if not version.isdecimal():
        raise WeightsError(f'{path}: damaged: its format_version is "{version}"; get it again')
    if int(version) > FORMAT_VERSION:
        raise WeightsError(
            f"{path}: an encoder file of format {version}; this vsearch reads up to format"
            f" {FORMAT_VERSION}: upgrade vsearch"
        )
    if metadata.get("quantised") not in (None, _INT8):
        raise WeightsError(
            f'{path}: its weights are quantised as "{metadata["quantised"]}", which is unknown to'
            " this vsearch: upgrade vsearch"
        )
    if not is_intact(path, metadata.get(SEAL, "")):
        raise WeightsError(
            f"{path}: damaged: its content doesn't have its recorded checksum; get it again"
        )


def _array(values: npt.NDArray[Any] | torch.Tensor) -> npt.NDArray[Any]:
    # Not ascontiguousarray, which makes a row of a single number.
    array = values if isinstance(values, np.ndarray) else values.detach().cpu().numpy()
    return np.asarray(array, order="C")

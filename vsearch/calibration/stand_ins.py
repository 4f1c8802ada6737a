"""The embeddings of stand-ins, kept so that another head on the same backbone draws none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from vsearch.durable import write_atomically
from vsearch.encoder.interface import Embeddings
from vsearch.layout import Layout
from vsearch.storage import storage_errors

#: Raised when stand-ins are drawn in another way: those of a former way aren't mixed in.
_DRAWING = 1

_KEYS = "keys"
_EMBEDDINGS = "embeddings"


@dataclass(frozen=True, slots=True, order=True)
class StandInKey:
    """Which stand-in it is: the same picture and number always give the same one."""

    content_hash: str
    """Of the catalogue's picture, SHA-256 in hex."""

    number: int
    """From 0: stand-ins for photos; ``COPY``: the picture saved anew."""


COPY = 255

StandIns = dict[StandInKey, Embeddings]
"""(dim,) float32, L2-normalised, as the backbone gives them."""


def stand_ins_file(layout: Layout, backbone: str) -> Path:
    """Where those of a backbone's fingerprint lie."""
    return layout.calibration / f"{backbone}.safetensors"


def read_stand_ins(layout: Layout, backbone: str, dim: int) -> StandIns:
    """Read what was kept; nothing where the file is missing, damaged or of another version.

    Args:
        layout: of the collection.
        backbone: its fingerprint.
        dim: the length of its embeddings.
    """
    try:
        tensors = load(stand_ins_file(layout, backbone).read_bytes())
        keys, embeddings = tensors[_KEYS], tensors[_EMBEDDINGS]
    except (OSError, SafetensorError, KeyError):
        return {}
    is_ours = keys.dtype == np.uint8 and keys.shape == (len(embeddings), 34)
    if not is_ours or embeddings.dtype != np.float32 or embeddings.shape[1:] != (dim,):
        return {}
    return {
        StandInKey(key[:32].tobytes().hex(), int(key[32])): embedding
        for key, embedding in zip(keys, embeddings, strict=True)
        if key[33] == _DRAWING
    }


def write_stand_ins(layout: Layout, backbone: str, stand_ins: StandIns) -> None:
    """Replace the file, whole or not at all.

    Raises:
        StorageError: the disk is full or can't be written.
    """
    path = stand_ins_file(layout, backbone)
    rows = [[*bytes.fromhex(key.content_hash), key.number, _DRAWING] for key in sorted(stand_ins)]
    tensors: dict[str, npt.NDArray[Any]] = {
        _KEYS: np.array(rows, np.uint8),
        _EMBEDDINGS: np.stack([stand_ins[key] for key in sorted(stand_ins)]),
    }
    with storage_errors(path):
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, lambda file: file.write(save(tensors)))

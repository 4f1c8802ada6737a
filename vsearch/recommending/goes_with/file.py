"""A model of what goes with what as a file of its collection."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from vsearch.durable import write_atomically
from vsearch.encoder.safetensors_file import opened
from vsearch.errors import CollectionDamaged, CollectionFormatError, WeightsError
from vsearch.layout import Layout
from vsearch.recommending.goes_with.model import GoesWithModel, Matching
from vsearch.storage import storage_errors

FORMAT_VERSION = 1

_KEY = "vsearch_goes_with"
_TENSORS = ("centre", "asking", "offered", "bias")
_REMEDY = "learn again with `vsearch recommend learn`, or delete it"


def model_file(layout: Layout) -> Path:
    """Where the model of a collection lies."""
    return layout.goes_with / "model.safetensors"


def write_model(layout: Layout, model: GoesWithModel) -> Path:
    """Replace the model of a collection, whole or not at all; return its file.

    Raises:
        StorageError: the disk is full or can't be written.
    """
    path = model_file(layout)
    header = {
        "format_version": FORMAT_VERSION,
        "encoder": model.encoder,
        "categories": model.categories,
        "matching": asdict(model.matching),
        "trust": model.trust,
        "record": dict(model.record),
    }
    tensors = {name: np.ascontiguousarray(getattr(model, name)) for name in _TENSORS}
    content = save(tensors, {_KEY: json.dumps(header, ensure_ascii=False)})
    with storage_errors(path):
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, lambda file: file.write(content))
    return path


def read_model(layout: Layout) -> GoesWithModel | None:
    """Read the model of a collection; None where nothing has been learned.

    Raises:
        CollectionDamaged: the file isn't whole.
        CollectionFormatError: a newer vsearch has written it.
    """
    path = model_file(layout)
    if not path.exists():
        return None
    try:
        with opened(path, "np") as file:
            header = json.loads((file.metadata() or {})[_KEY])
            if header["format_version"] > FORMAT_VERSION:
                raise CollectionFormatError(
                    f"{path}: format {header['format_version']}; this vsearch reads up to format"
                    f" {FORMAT_VERSION}: upgrade vsearch, or {_REMEDY}"
                )
            tensors = {name: file.get_tensor(name) for name in _TENSORS}
        return _model(header, tensors)
    except (WeightsError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CollectionDamaged(f"{path}: not a model of what goes with what; {_REMEDY}") from error


def _model(header: dict[str, Any], tensors: dict[str, Any]) -> GoesWithModel:
    model = GoesWithModel(
        encoder=str(header["encoder"]),
        categories=tuple(map(str, header["categories"])),
        matching=Matching(**{name: float(value) for name, value in header["matching"].items()}),
        trust=float(header["trust"]),
        record=dict(header["record"]),
        **tensors,
    )
    inputs = model.dim + len(model.categories)
    places = model.asking.shape[1:]
    fits = model.asking.shape == model.offered.shape == (inputs, *places) and len(places) == 1
    if not fits or model.bias.shape != (inputs,) or not model.trust > 0:
        raise ValueError("its tensors don't fit together")
    if not all(np.isfinite(one).all() and one.dtype == np.float32 for one in tensors.values()):
        raise ValueError("its tensors have values that are not finite, or not float32")
    return model

"""A calibration on the disk: derived data, made again by ``vsearch index`` where it is missing."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from vsearch.calibration.calibration import Calibration
from vsearch.durable import write_atomically
from vsearch.index.manifest import Manifest
from vsearch.layout import Layout
from vsearch.storage import storage_errors

#: A file of another version is read as none: it costs seconds to make it again.
FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Fitting:
    """That the scores of a collection have been looked at, and what came of it."""

    images: int
    """How many images the index held."""

    calibration: Calibration | None
    """None where it held too little to say what a score means."""


def read_calibration(layout: Layout, manifest: Manifest) -> Calibration | None:
    """Read what scores mean in a collection.

    Returns:
        None where nothing has been fitted for its encoder yet, where the catalogue is too
        small, or where the file is damaged: the next ``vsearch index`` fits it again.
    """
    fitting = read_fitting(layout, manifest.encoder.fingerprint)
    return None if fitting is None else fitting.calibration


def read_fitting(layout: Layout, encoder: str) -> Fitting | None:
    """Read what came of the last fitting for an encoder; None where there is no whole file.

    Args:
        layout: of the collection.
        encoder: its fingerprint.
    """
    try:
        record = json.loads(calibration_file(layout, encoder).read_text(encoding="utf-8"))
        if record["format_version"] != FORMAT_VERSION:
            return None
        fitted = record["calibration"]
        calibration = None if fitted is None else _calibration(fitted)
        if calibration is not None and calibration.encoder != encoder:
            return None
        return Fitting(int(record["images"]), calibration)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def write_fitting(layout: Layout, encoder: str, fitting: Fitting) -> None:
    """Replace the file of an encoder, whole or not at all.

    Raises:
        StorageError: the disk is full or can't be written.
    """
    path = calibration_file(layout, encoder)
    record = {"format_version": FORMAT_VERSION, **asdict(fitting)}
    content = json.dumps(record, indent=2) + "\n"
    with storage_errors(path):
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, lambda file: file.write(content.encode()))


def calibration_file(layout: Layout, encoder: str) -> Path:
    """Where the calibration for an encoder's fingerprint lies."""
    return layout.calibration / f"{encoder}.json"


def _calibration(fitted: dict[str, object]) -> Calibration:
    calibration = Calibration(**fitted)  # type: ignore[arg-type]  # the types are checked below
    for name, kind in Calibration.__annotations__.items():
        value = getattr(calibration, name)
        is_number = isinstance(value, int | float) and math.isfinite(value)
        if not (isinstance(value, str) if kind == "str" else is_number):
            raise ValueError(f"{name} is {value!r}")
    if calibration.category_temperature <= 0:
        raise ValueError(f"category_temperature is {calibration.category_temperature}")
    return calibration

"""What this machine offers, and what will be used of it."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from vsearch._version import __version__
from vsearch.collection import Collection
from vsearch.collection_encoder import recorded_identity
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.sources import local_file, read_head_file, spec_of
from vsearch.errors import CollectionNotFound, VsearchError
from vsearch.index.manifest import read_manifest
from vsearch.settings import HUB, Settings

_GIB = 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    detail: str
    is_fault: bool = False
    """Whether something won't work until it is mended."""


def diagnose(settings: Settings) -> list[Finding]:
    """Look at everything that vsearch stands on; nothing is downloaded or changed."""
    checks: list[tuple[str, Callable[[], str]]] = [
        ("vsearch", lambda: f"{__version__}, Python {platform.python_version()}"),
        ("machine", _machine),
        ("disk", lambda: _disk(settings.collection)),
        ("torch", _torch),
        ("timm", _timm),
        ("device", lambda: _device(settings)),
        ("encoder", lambda: _encoder(settings)),
        ("faiss", _faiss),
        ("SQLite", lambda: sqlite3.sqlite_version),
        ("image formats", _formats),
    ]
    findings = [_examine(subject, check) for subject, check in checks]
    findings += [Finding("setting", text) for text in _changed(settings)]
    findings.append(_collection(settings))
    return findings


def _examine(subject: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, check())
    except Exception as error:  # noqa: BLE001 (whatever a broken installation raises is the finding)
        return Finding(subject, f"{type(error).__name__}: {error}", is_fault=True)


def _machine() -> str:
    memory = psutil.virtual_memory().total / _GIB
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB"


def _disk(collection: Path) -> str:
    place = next(p for p in (collection.absolute(), *collection.absolute().parents) if p.exists())
    return f"{shutil.disk_usage(place).free / _GIB:.1f} GiB free at {place}"


def _torch() -> str:
    import torch

    capability = torch.backends.cpu.get_cpu_capability()
    return f"{torch.__version__}, {torch.get_num_threads()} threads, CPU {capability}"


def _timm() -> str:
    from vsearch.encoder.torchvision_shim import import_timm

    return str(import_timm().__version__)


def _device(settings: Settings) -> str:
    from vsearch.encoder.precision import choose_device, has_native_bfloat16

    device = choose_device(settings.device)
    return f"{device}, weights in {'bfloat16' if has_native_bfloat16(device) else 'float32'}"


def _encoder(settings: Settings) -> str:
    """The collection's own, or what a new one would get; its weights have to be there."""
    spec = _spec(settings)
    head = "" if spec.head is None else f", head {spec.head}"
    if spec.head is not None:
        read_head_file(spec.head)
    if spec.weights == HUB:
        origin = "weights from timm's hub, downloaded when they are first needed"
        return f"{spec.architecture}, {origin}{head}"
    file = local_file(spec.weights)
    if file is not None and not file.is_file():
        raise FileNotFoundError(f"{file}: no such file; give the weights with --weights")
    return f"{spec.architecture}, weights {spec.weights}{head}"


def _spec(settings: Settings) -> EncoderSpec:
    try:
        spec = recorded_identity(read_manifest(settings.collection)).spec
    except VsearchError:  # What is wrong with it is said where it is opened.
        return spec_of(settings.encoder, settings.weights)
    if settings.encoder is None and settings.weights is None:
        return spec
    return spec_of(settings.encoder or spec.architecture, settings.weights)


def _faiss() -> str:
    import faiss

    return f"{faiss.__version__} ({faiss.get_compile_options().strip()})"


def _formats() -> str:
    from PIL import __version__ as pillow
    from PIL import features

    found = ["JPEG", "PNG", "GIF", "TIFF", "BMP"]
    found += [
        name for name, feature in (("WebP", "webp"), ("AVIF", "avif")) if features.check(feature)
    ]
    import pillow_heif

    return f"{', '.join(found)} (Pillow {pillow}), HEIC (pillow-heif {pillow_heif.__version__})"


def _changed(settings: Settings) -> Iterator[str]:
    for name in settings.__dataclass_fields__:
        value, default = getattr(settings, name), getattr(Settings(), name)
        if value != default:
            shown = "(set)" if name == "database_url" else value
            yield f"{name} = {shown}"


def _collection(settings: Settings) -> Finding:
    try:
        with Collection.open(settings.collection, settings=settings) as collection:
            status = collection.status()
    except CollectionNotFound:
        return Finding("collection", f"none at {settings.collection}")
    except VsearchError as error:
        return Finding("collection", str(error), is_fault=True)
    return Finding("collection", f"{settings.collection}: {status.products:,} products")

"""``manifest.json``: what a collection is, and which generation of its index is current."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from vsearch.durable import write_atomically
from vsearch.errors import CollectionDamaged, CollectionFormatError, CollectionNotFound
from vsearch.storage import storage_errors

#: The newest format that this version reads and the one that it writes.
FORMAT_VERSION = 3

FILE = "manifest.json"

METRIC = "cosine"


@dataclass(frozen=True, slots=True)
class EncoderRecord:
    """Which encoder made a collection's embeddings, and how to load it again."""

    architecture: str
    """A timm name."""

    weights: str
    """Of the backbone: ``bundled``, ``hub``, ``random:SEED``, or the absolute path of a
    safetensors file."""

    name: str
    """For people."""

    fingerprint: str
    """32 hex digits: embeddings of one fingerprint can be compared."""

    backbone_fingerprint: str
    """The same without the head: the stored embeddings are the backbone's."""

    backbone_dim: int
    """Length of a stored embedding."""

    head: str | None = None
    """The file of the head that the index was made with: ``bundled``, or an absolute path; None
    where there is none."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands in ``manifest.json``."""

    encoder: EncoderRecord

    dim: int
    """Length of an embedding, after the head."""

    created_at: str
    """UTC, ISO 8601."""

    updated_at: str
    """UTC, ISO 8601: when this manifest was written."""

    written_by: str
    """The version of vsearch that wrote it."""

    catalogue_id: str
    """Of the database whose ids the index holds."""

    generation: int = 0
    """The published index; 0 where there is none yet."""

    index_kind: str = ""
    """``exact``, ``hnsw`` or ``ivf``; empty where there is none yet."""

    index_size: int = 0
    """How many embeddings the index finds."""

    index_requested: str = "auto"
    """The kind that the user asked for: ``auto``, ``exact``, ``hnsw`` or ``ivf``."""

    metric: str = METRIC

    format_version: int = FORMAT_VERSION


def read_manifest(collection: Path) -> Manifest:
    """Read the manifest of a collection's folder.

    Raises:
        CollectionNotFound: there is no collection.
        CollectionFormatError: a newer vsearch wrote it.
        CollectionDamaged: it isn't a manifest.
    """
    path = collection / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise CollectionNotFound(
            f"{collection}: no collection here; make one with"
            f" `vsearch index FEED --collection {collection}`"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(path, f"can't be read: {error}") from error
    try:
        fields = json.loads(text)
        version = int(fields["format_version"])
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path, f"not a manifest: {error!r}") from error
    if version > FORMAT_VERSION:
        raise CollectionFormatError(
            f"{path}: format {version}, written by vsearch {fields.get('written_by')};"
            f" this vsearch reads up to format {FORMAT_VERSION}: upgrade vsearch"
        )
    try:
        return _manifest(fields)
    except KeyError as error:
        raise _damaged(path, f"{error} is missing") from error
    except (ValueError, TypeError) as error:
        raise _damaged(path, f"not a manifest: {error}") from error


def write_manifest(collection: Path, manifest: Manifest) -> None:
    """Replace the manifest, whole or not at all; the collection's folder must exist.

    It is written in the newest format, whichever it was read in.

    Raises:
        StorageError: the disk is full or can't be written; the former manifest stays.
    """
    path = collection / FILE
    manifest = replace(manifest, format_version=FORMAT_VERSION)
    content = json.dumps(asdict(manifest), indent=2, ensure_ascii=False) + "\n"
    with storage_errors(path):
        write_atomically(path, lambda file: file.write(content.encode()))


def _manifest(fields: dict[str, Any]) -> Manifest:
    encoder = fields["encoder"]
    if fields["metric"] != METRIC:
        raise ValueError(f'metric "{fields["metric"]}" is not {METRIC}')
    if fields["format_version"] == 1:  # It knew no heads.
        own = {"backbone_fingerprint": encoder["fingerprint"], "backbone_dim": fields["dim"]}
        encoder = encoder | own | {"head": None}
    return Manifest(
        encoder=EncoderRecord(
            architecture=str(encoder["architecture"]),
            weights=str(encoder["weights"]),
            name=str(encoder["name"]),
            fingerprint=str(encoder["fingerprint"]),
            backbone_fingerprint=str(encoder["backbone_fingerprint"]),
            backbone_dim=int(encoder["backbone_dim"]),
            head=None if encoder["head"] is None else str(encoder["head"]),
        ),
        dim=int(fields["dim"]),
        created_at=str(fields["created_at"]),
        updated_at=str(fields["updated_at"]),
        written_by=str(fields["written_by"]),
        catalogue_id=str(fields["catalogue_id"]),
        generation=int(fields["generation"]),
        index_kind=str(fields["index_kind"]),
        index_size=int(fields["index_size"]),
        index_requested=str(fields["index_requested"]),
        metric=METRIC,
        format_version=int(fields["format_version"]),
    )


def _damaged(path: Path, problem: str) -> CollectionDamaged:
    return CollectionDamaged(
        f"{path}: {problem}; put back a copy of it, or index the feed into a new folder"
    )

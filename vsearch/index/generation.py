"""A published index: a folder that never changes, with the checksums of its files."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from vsearch._version import __version__
from vsearch.durable import sync_file, sync_folder, temporaries_in, temporary_beside
from vsearch.errors import CollectionDamaged
from vsearch.index.choose import open_index, open_layered
from vsearch.index.interface import VectorIndex
from vsearch.index.layered import LayeredIndex
from vsearch.index.manifest import FORMAT_VERSION, Manifest, write_manifest
from vsearch.storage import storage_errors

FILE = "generation.json"

_Identity = tuple[int, int]
"""A file's device and number, whatever its name."""

_Index = TypeVar("_Index", bound=VectorIndex)


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What ``generation.json`` says of one file."""

    path: Path
    size: int
    """Bytes."""

    sha256: str


def publish(collection: Path, index: VectorIndex, manifest: Manifest) -> Manifest:
    """Make an index the collection's current one.

    Readers see the former generation until the last step, which is atomic. It stays on the
    disk for those that are about to open it; the ones before it are removed.

    Args:
        collection: its folder, which exists.
        index: what to publish; it may be mapped from the current generation.
        manifest: the current manifest.

    Returns:
        The manifest as it is now.

    Raises:
        StorageError: the disk is full or can't be written; the former generation stays.
    """
    parent = collection / "index"
    with storage_errors(parent):
        parent.mkdir(exist_ok=True)
        for leftover in temporaries_in(parent):
            shutil.rmtree(leftover)
        # A writer may have died between the two renames: its number is not used again.
        generation = max([manifest.generation, *_generations(parent)]) + 1
        former = _checksums(collection, manifest)
        _write_folder(_folder(collection, generation), index, generation, former)
    published = replace(
        manifest,
        generation=generation,
        index_kind=index.kind,
        index_size=len(index),
        updated_at=datetime.now(UTC).isoformat(timespec="seconds"),
        written_by=__version__,
    )
    write_manifest(collection, published)
    for number in _generations(parent):
        if number not in (generation, manifest.generation):
            # What can't be removed is left for the next time: the index is published.
            shutil.rmtree(_folder(collection, number), ignore_errors=True)
    return published


def open_generation(collection: Path, manifest: Manifest) -> VectorIndex:
    """Map the index that a manifest names; sizes are checked, checksums are not.

    Raises:
        CollectionDamaged: there is none, or a file is missing or of another size.
    """
    return _opened(collection, manifest, open_index)


def open_generation_to_change(collection: Path, manifest: Manifest) -> LayeredIndex:
    """As ``open_generation``, so that what is published next costs as much as what changes.

    Raises:
        CollectionDamaged: likewise.
    """
    return _opened(collection, manifest, open_layered)


def _opened(collection: Path, manifest: Manifest, open_folder: Callable[[Path], _Index]) -> _Index:
    for recorded in _recorded(collection, manifest):
        _check_size(recorded)
    try:
        index = open_folder(_folder(collection, manifest.generation))
    except CollectionDamaged as error:
        raise _damaged(str(error)) from error
    if index.dim != manifest.dim or len(index) != manifest.index_size:
        raise _damaged(
            f"{_folder(collection, manifest.generation)}: {len(index)} embeddings of {index.dim}"
            f" where the manifest has {manifest.index_size} of {manifest.dim}"
        )
    return index


def verify_generation(collection: Path, manifest: Manifest) -> None:
    """Read every file of the index that a manifest names and compare its checksum.

    Raises:
        CollectionDamaged: a file is missing or differs; the message names it.
    """
    for recorded in _recorded(collection, manifest):
        _check_size(recorded)
        if _sha256(recorded.path) != recorded.sha256:
            raise _damaged(f"{recorded.path}: its content doesn't have its recorded checksum")


def _write_folder(
    folder: Path, index: VectorIndex, generation: int, former: dict[_Identity, str]
) -> None:
    temporary = temporary_beside(folder)
    try:
        temporary.mkdir()
        index.save(temporary)
        files = {}
        for path in sorted(path for path in temporary.rglob("*") if path.is_file()):
            known = former.get(_identity(path))
            if known is None:
                sync_file(path)
            files[path.relative_to(temporary).as_posix()] = {
                "bytes": path.stat().st_size,
                "sha256": known or _sha256(path),
            }
        record = {"format_version": FORMAT_VERSION, "generation": generation, "files": files}
        (temporary / FILE).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        sync_file(temporary / FILE)
        for inner in sorted(path for path in temporary.rglob("*") if path.is_dir()):
            sync_folder(inner)
        sync_folder(temporary)
        temporary.rename(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    sync_folder(folder.parent)


def _checksums(collection: Path, manifest: Manifest) -> dict[_Identity, str]:
    """Of the files that the next generation may share; none where they can't be told."""
    known: dict[_Identity, str] = {}
    with suppress(CollectionDamaged, OSError):
        for recorded in _recorded(collection, manifest) if manifest.generation else ():
            known[_identity(recorded.path)] = recorded.sha256
    return known


def _identity(path: Path) -> _Identity:
    status = path.stat()
    return status.st_dev, status.st_ino


def _recorded(collection: Path, manifest: Manifest) -> Iterator[_Recorded]:
    folder = _folder(collection, manifest.generation)
    path = folder / FILE
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        for name, entry in files.items():
            yield _Recorded(folder / name, int(entry["bytes"]), str(entry["sha256"]))
    except OSError as error:
        raise _damaged(f"{path}: can't be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(f"{path}: not the record of a generation: {error!r}") from error


def _check_size(recorded: _Recorded) -> None:
    try:
        size = recorded.path.stat().st_size
    except OSError as error:
        raise _damaged(f"{recorded.path}: can't be read: {error.strerror}") from error
    if size != recorded.size:
        raise _damaged(f"{recorded.path}: {size} bytes where {recorded.size} are recorded")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folder(collection: Path, generation: int) -> Path:
    return collection / "index" / f"{generation:08d}"


def _generations(parent: Path) -> list[int]:
    return sorted(int(path.name) for path in parent.iterdir() if path.name.isdecimal())


def _damaged(problem: str) -> CollectionDamaged:
    return CollectionDamaged(
        f"{problem}; build the index again from the stored embeddings, without encoding, with"
        " `vsearch index --rebuild FEED`"
    )

"""What was found for some options, and of which catalogue; may be deleted."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from vsearch.durable import write_atomically
from vsearch.neighbours.part_file import damaged
from vsearch.neighbours.pictures import Digests, Pictures
from vsearch.neighbours.ragged import Numbers
from vsearch.storage import storage_errors

#: Raised when a former version's files would be misread; they are found anew then.
FORMAT = 1

_FILE = "state.json"
_PRODUCTS = "products.arrow"


@dataclass(frozen=True, slots=True)
class State:
    """Which neighbours are in a folder."""

    found: str
    """The folder inside that has them: a digest of the catalogue that they were found in."""
    fingerprint: str
    """The encoder's."""
    recall: float
    """Measured when all of them were found the last time; 1 where nothing was left out."""
    format: int = FORMAT


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The products of the catalogue that neighbours were found in."""

    ids: Numbers
    """(n,) ascending."""
    digests: Digests
    """(n,)"""
    skus: pa.StringArray
    """(n,)"""


def digest_of(pictures: Pictures, fingerprint: str, same_from: float) -> str:
    """16 hex digits: another catalogue or encoder, others."""
    digest = hashlib.blake2b(f"{fingerprint} {same_from!r}".encode(), digest_size=8)
    digest.update(np.ascontiguousarray(pictures.ids).data)
    digest.update(np.ascontiguousarray(pictures.digests).data)
    for sku in pictures.skus:
        digest.update(f"{sku}\0".encode())
    return digest.hexdigest()


def read_state(folder: Path, fingerprint: str) -> State | None:
    """What was found before; None where that is nothing, or of no use any more."""
    try:
        state = State(**json.loads((folder / _FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    usable = state.format == FORMAT and state.fingerprint == fingerprint
    return state if usable and (folder / state.found / _PRODUCTS).exists() else None


def write_state(folder: Path, state: State) -> None:
    """Make what was found the current neighbours, and let go of all others.

    Raises:
        StorageError: the disk is full or can't be written; what was current stays.
    """
    content = json.dumps(asdict(state), indent=2) + "\n"
    with storage_errors(folder):
        write_atomically(folder / _FILE, lambda file: file.write(content.encode()))
    remove_others(folder, {state.found})


def remove_others(folder: Path, kept: set[str]) -> None:
    """Remove what neither is current nor is being made."""
    for path in folder.iterdir():
        if path.is_dir() and path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def write_products(folder: Path, pictures: Pictures) -> None:
    """Note which products neighbours are being found of."""
    table = pa.table(
        {
            "id": pictures.ids,
            "digest": pictures.digests,
            "sku": pa.array(pictures.skus, pa.string()),
        }
    )

    def write(file: object) -> None:
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table.combine_chunks(), max_chunksize=max(1, len(table)))

    with storage_errors(folder):
        write_atomically(folder / _PRODUCTS, write)


def read_products(folder: Path) -> Known:
    """The products that neighbours were found of.

    Raises:
        CollectionDamaged: their file is missing, or isn't one.
    """
    path = folder / _PRODUCTS
    try:
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all().combine_chunks()
        table.validate(full=True)
        ids, digests = table["id"].to_numpy(), table["digest"].to_numpy()
        return Known(ids, digests, _text(table["sku"].combine_chunks()))
    except (OSError, KeyError, AttributeError, pa.ArrowException) as error:
        raise damaged(path, error) from error


def _text(column: pa.Array) -> pa.StringArray:
    return column.chunk(0) if isinstance(column, pa.ChunkedArray) else column

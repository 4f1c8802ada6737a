"""Neighbour lists as a file: Arrow, so that it is mapped and not read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pyarrow as pa

from vsearch.durable import write_atomically
from vsearch.errors import CollectionDamaged
from vsearch.neighbours.neighbour_lists import NeighbourLists
from vsearch.storage import storage_errors

_SCHEMA = pa.schema(
    [
        ("product", pa.int64()),
        ("neighbours", pa.large_list(pa.int64())),
        ("scores", pa.large_list(pa.float32())),
        ("whole", pa.bool_()),
    ]
)


def part_path(folder: Path, number: int) -> Path:
    """Where the part with this number lies, counted from 0."""
    return folder / f"part-{number:06d}.arrow"


def part_paths(folder: Path) -> Iterator[Path]:
    """The parts that are there, from the first on without a gap."""
    number = 0
    while (path := part_path(folder, number)).exists():
        yield path
        number += 1


def write_part(path: Path, lists: NeighbourLists) -> None:
    """Write lists, whole or not at all.

    Raises:
        StorageError: the disk is full or can't be written.
    """
    batch = pa.record_batch(
        [
            pa.array(lists.products),
            pa.LargeListArray.from_arrays(lists.starts, pa.array(lists.neighbours)),
            pa.LargeListArray.from_arrays(lists.starts, pa.array(lists.scores)),
            pa.array(lists.whole),
        ],
        schema=_SCHEMA,
    )

    def write(file: object) -> None:
        with pa.ipc.new_file(file, _SCHEMA) as writer:
            writer.write_batch(batch)

    with storage_errors(path):
        write_atomically(path, write)


def read_part(path: Path) -> NeighbourLists:
    """Map the lists of a file.

    Raises:
        CollectionDamaged: it is missing, or isn't one.
    """
    try:
        with pa.ipc.open_file(pa.memory_map(str(path))) as reader:
            batch = reader.get_batch(0)
        return NeighbourLists(
            _numbers(batch["product"]),
            _numbers(batch["neighbours"].offsets),
            _numbers(batch["neighbours"].values),
            _numbers(batch["scores"].values),
            batch["whole"].to_numpy(zero_copy_only=False),
        )
    except (OSError, KeyError, AttributeError, pa.ArrowException) as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> CollectionDamaged:
    """What is to be said of a file of neighbours that isn't whole."""
    return CollectionDamaged(
        f"{path}: not a whole file of neighbours: {error}; delete {path.parent.parent}, and they"
        " are found anew"
    )


def _numbers(array: pa.Array) -> npt.NDArray[Any]:
    numbers: npt.NDArray[Any] = array.to_numpy(zero_copy_only=True)
    return numbers

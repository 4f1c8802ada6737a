"""One array in one ``.npy`` file, memory-mapped when it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vsearch.errors import CollectionDamaged


def save_array(path: Path, array: npt.NDArray[Any]) -> None:
    """Write the array into a new file."""
    array = np.ascontiguousarray(array)
    with path.open("wb") as file:
        # np.save leaves writing to C, which doesn't say why it stopped on a full disk.
        header = np.lib.format.header_data_from_array_1_0(array)
        np.lib.format.write_array_header_1_0(file, header)
        file.write(array.data)


def load_array(path: Path, dtype: npt.DTypeLike, dimensions: int) -> npt.NDArray[Any]:
    """Map the array of a file, read-only; pages are read when they are touched.

    Raises:
        CollectionDamaged: the file is missing, cut short or holds another kind of array.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise CollectionDamaged(f"{path}: can't be read as an array: {error}") from error
    if array.dtype != dtype or array.ndim != dimensions:
        raise CollectionDamaged(
            f"{path}: {array.ndim}-dimensional {array.dtype} where "
            f"{dimensions}-dimensional {np.dtype(dtype)} is needed"
        )
    # A plain ndarray over the same pages: every slice of a memmap costs microseconds more.
    return np.asarray(array).view(np.ndarray)

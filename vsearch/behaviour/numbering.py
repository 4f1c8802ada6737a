"""Names as numbers: SKUs, shoppers and sessions in arrays."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from hashlib import blake2b
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

_Name = TypeVar("_Name", bound=Hashable)


class Numbering(Generic[_Name]):
    """Gives each name a number, from 0 in the order in which they are first met."""

    def __init__(self, names: Iterable[_Name] = ()) -> None:
        self._numbers: dict[_Name, int] = {}
        self.of(names)

    def of(self, names: Iterable[_Name]) -> npt.NDArray[np.int64]:
        """(n,) the numbers of names; new ones get the next."""
        numbers = self._numbers
        return np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int64)

    def find(self, name: _Name) -> int | None:
        """The number of a name; None where it has none."""
        return self._numbers.get(name)

    @property
    def names(self) -> tuple[_Name, ...]:
        """The names, by number."""
        return tuple(self._numbers)

    def __len__(self) -> int:
        """How many names have a number."""
        return len(self._numbers)


def digests(names: Iterable[Hashable]) -> Iterator[int]:
    """A number of 64 bits for each name, always the same: two names with one don't happen."""
    known: dict[Hashable, int] = {}
    for name in names:
        if name not in known:
            digest = blake2b(repr(name).encode(), digest_size=8).digest()
            known[name] = int.from_bytes(digest, "little", signed=True)
        yield known[name]

"""Where the embedding of an image content hash lies: a sorted table of 16 bytes a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vsearch.index.shard import KEY_BYTES, Keys

#: Stands where a key isn't there.
MISSING = -1

Places = npt.NDArray[np.int32]

#: Hex digits of a key.
_HASH_LENGTH = 2 * KEY_BYTES


def keys_of(hashes: Sequence[str]) -> Keys:
    """Turn n hashes of 64 hex digits into (n, 32) uint8.

    Raises:
        ValueError: one of them isn't a SHA-256 in hex.
    """
    for text in hashes:
        if len(text) != _HASH_LENGTH:
            raise ValueError(f'"{text}" is not a SHA-256 of {_HASH_LENGTH} hex digits')
    return np.frombuffer(bytes.fromhex("".join(hashes)), dtype=np.uint8).reshape(-1, KEY_BYTES)


@dataclass(frozen=True, slots=True, eq=False)
class KeyTable:
    """The keys of several shards, sorted by their first 8 bytes; it never changes.

    Only those 8 bytes are kept in memory. The rest is compared in the mapped shard, so two
    keys that begin alike are told apart.
    """

    keys: tuple[Keys, ...]
    """Of each shard."""

    prefixes: npt.NDArray[np.uint64]
    """(n,) the first 8 bytes of each key, ascending."""

    shards: Places
    """(n,) the shard of each key."""

    rows: Places
    """(n,) the row of each key in its shard."""

    @classmethod
    def of(cls, keys: Sequence[Keys]) -> KeyTable:
        """Make the table of shards; of a key that is there twice, the first one stays."""
        prefixes = np.concatenate([_prefixes(part) for part in keys] or [_prefixes(keys_of([]))])
        sizes = [len(part) for part in keys]
        shards = np.repeat(np.arange(len(keys), dtype=np.int32), sizes)
        rows = np.concatenate(
            [np.arange(size, dtype=np.int32) for size in sizes] or [np.empty(0, np.int32)]
        )
        order = np.argsort(prefixes, kind="stable")
        table = cls(tuple(keys), prefixes[order], shards[order], rows[order])
        return table._without_repeats()

    def __len__(self) -> int:
        """How many different keys there are."""
        return len(self.prefixes)

    def extended(self, keys: Keys) -> KeyTable:
        """Return the table with one more shard, none of whose keys is in it yet."""
        prefixes = _prefixes(keys)
        order = np.argsort(prefixes, kind="stable")
        places = np.searchsorted(self.prefixes, prefixes[order])
        return KeyTable(
            (*self.keys, keys),
            np.insert(self.prefixes, places, prefixes[order]),
            np.insert(self.shards, places, np.int32(len(self.keys))),
            np.insert(self.rows, places, order.astype(np.int32)),
        )

    def find(self, keys: Keys) -> tuple[Places, Places]:
        """Return the (n,) shard and row of each key, ``MISSING`` where it isn't there."""
        shards = np.full(len(keys), MISSING, dtype=np.int32)
        rows = np.full(len(keys), MISSING, dtype=np.int32)
        prefixes = _prefixes(keys)
        places = np.searchsorted(self.prefixes, prefixes)
        pending = np.arange(len(keys))
        while len(pending):  # Once, but for keys that begin alike.
            pending = pending[places[pending] < len(self)]
            pending = pending[self.prefixes[places[pending]] == prefixes[pending]]
            here = places[pending]
            same = (self._keys_at(here) == keys[pending]).all(axis=1)
            shards[pending[same]] = self.shards[here[same]]
            rows[pending[same]] = self.rows[here[same]]
            pending = pending[~same]
            places[pending] += 1
        return shards, rows

    def rows_in(self, shard: int) -> Places:
        """Return the rows of one shard that the table points to, ascending."""
        return np.sort(self.rows[self.shards == shard])

    def _keys_at(self, places: npt.NDArray[np.intp]) -> Keys:
        found = np.empty((len(places), KEY_BYTES), dtype=np.uint8)
        shards, rows = self.shards[places], self.rows[places]
        for shard in np.unique(shards):
            here = shards == shard
            found[here] = self.keys[shard][rows[here]]
        return found

    def _without_repeats(self) -> KeyTable:
        alike = np.flatnonzero(self.prefixes[1:] == self.prefixes[:-1])
        if not len(alike):
            return self
        repeated = (self._keys_at(alike) == self._keys_at(alike + 1)).all(axis=1)
        kept = np.ones(len(self), dtype=bool)
        kept[alike[repeated] + 1] = False
        return KeyTable(self.keys, self.prefixes[kept], self.shards[kept], self.rows[kept])


def _prefixes(keys: Keys) -> npt.NDArray[np.uint64]:
    return np.ascontiguousarray(keys[:, :8]).view(np.uint64).ravel()

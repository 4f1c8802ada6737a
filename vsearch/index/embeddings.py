"""The raw embeddings, by image content: what every index can be built from again."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vsearch.durable import sync_folder, temporaries_in
from vsearch.errors import CollectionDamaged
from vsearch.index.arguments import checked_embeddings
from vsearch.index.interface import Embeddings
from vsearch.index.key_table import MISSING, KeyTable, Places, keys_of
from vsearch.index.shard import KEY_BYTES, Keys, Shard, open_shard, write_shard
from vsearch.storage import storage_errors

_SUFFIX = ".safetensors"

_SHARD_BYTES = 256 * 2**20

#: Every shard is a file that stays open; more small ones than this are merged.
_MOST_SMALL_SHARDS = 256

#: How often a reader looks again when a compaction takes files away under its eyes.
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class _Contents:
    """What a store holds at one moment. Swapped as a whole, so that readers need no lock."""

    shards: tuple[Shard, ...]
    table: KeyTable


class EmbeddingStore:
    """Append-only shards of the embeddings that one backbone has made.

    One process writes at a time; others may read meanwhile. What ``append`` has returned from
    is on the disk, and a crash at any point leaves it there.
    """

    def __init__(
        self, folder: Path, dim: int, encoder: str | None = None, *, shard_bytes: int = _SHARD_BYTES
    ) -> None:
        """Open a store; the folder is made when something is first stored.

        Args:
            folder: holds the shards of one encoder and nothing else.
            dim: length of an embedding.
            encoder: the encoder's fingerprint; the folder's name where it is None.
            shard_bytes: a shard grows no larger than this.

        Raises:
            CollectionDamaged: a shard is cut short, or of another encoder.
            CollectionFormatError: a shard was written by a newer vsearch.
        """
        self._folder = folder
        self._dim = dim
        self._encoder = folder.name if encoder is None else encoder
        self._shard_bytes = shard_bytes
        self._is_prepared = False
        self._contents = self._read({})

    def __len__(self) -> int:
        """How many images have an embedding."""
        return len(self._contents.table)

    def __contains__(self, content_hash: str) -> bool:
        """Whether an image has an embedding."""
        shards, _ = self._contents.table.find(keys_of([content_hash]))
        return bool(shards[0] != MISSING)

    def missing(self, hashes: Sequence[str]) -> list[str]:
        """Return those hashes that have no embedding, in their order."""
        _, (shards, _) = self._found(keys_of(hashes))
        return [hashes[place] for place in np.flatnonzero(shards == MISSING).tolist()]

    def append(self, hashes: Sequence[str], embeddings: Embeddings) -> None:
        """Store embeddings durably; a hash that has one already keeps it.

        Args:
            hashes: n SHA-256 of image contents, 64 hex digits each.
            embeddings: (n, dim) float32, L2-normalised.

        Raises:
            ValueError: shapes don't fit, or a hash isn't one.
            StorageError: the disk is full or can't be written; what was stored before stays.
        """
        keys = keys_of(hashes)
        embeddings = checked_embeddings(embeddings, self._dim, "embeddings")
        if len(keys) != len(embeddings):
            raise ValueError(f"embeddings: {len(embeddings)} for {len(keys)} hashes")
        new = KeyTable.of([keys]).rows_in(0)  # Each once.
        new = new[self._contents.table.find(keys[new])[0] == MISSING]
        for shard in self._write(keys[new], embeddings[new]):
            contents = self._contents
            self._contents = _Contents(
                (*contents.shards, shard), contents.table.extended(shard.keys)
            )
        if sum(map(self._is_small, self._contents.shards)) > _MOST_SMALL_SHARDS:
            self.compact()

    def get(self, hashes: Sequence[str]) -> Embeddings:
        """Return the (n, dim) float32 embeddings of n hashes, in their order.

        Raises:
            CollectionDamaged: one of them has none.
        """
        keys = keys_of(hashes)
        contents, (shards, rows) = self._found(keys)
        absent = np.flatnonzero(shards == MISSING)
        if len(absent):
            raise CollectionDamaged(
                f"{self._folder}: no embedding of the image with content {hashes[absent[0]]}"
                f" ({len(absent)} missing); run `vsearch index` on the feed again to encode it"
            )
        embeddings = np.empty((len(keys), self._dim), dtype=np.float32)
        for shard in np.unique(shards):
            here = shards == shard
            embeddings[here] = contents.shards[shard].embeddings[rows[here]]
        return embeddings

    def iterate(self, hashes: Sequence[str], chunk: int) -> Iterator[Embeddings]:
        """Yield the embeddings of n hashes in their order, ``chunk`` or fewer at a time."""
        for start in range(0, len(hashes), chunk):
            yield self.get(hashes[start : start + chunk])

    def compact(self) -> None:
        """Merge small shards into few, each at most ``shard_bytes``.

        The merged shards are complete before the small ones go: a crash leaves some embeddings
        twice, never one missing. A reader keeps the files that it has open.

        Raises:
            StorageError: the disk is full or can't be written; nothing is lost.
        """
        contents = self._refresh()
        for group in self._groups(contents):
            merged = [(contents.shards[number], contents.table.rows_in(number)) for number in group]
            self._write(
                np.concatenate([shard.keys[rows] for shard, rows in merged]),
                np.concatenate([shard.embeddings[rows] for shard, rows in merged]),
            )
            with storage_errors(self._folder):
                for shard, _ in merged:
                    shard.path.unlink(missing_ok=True)
                sync_folder(self._folder)
        self._refresh()

    def verify(self) -> None:
        """Read every shard and compare it with its checksum.

        Raises:
            CollectionDamaged: one differs; the message names it.
        """
        for shard in self._refresh().shards:
            shard.verify()

    def _is_small(self, shard: Shard) -> bool:
        return shard.size_bytes <= self._shard_bytes // 2

    def _groups(self, contents: _Contents) -> Iterator[list[int]]:
        """Yield the numbers of small shards that fit into one together."""
        group: list[int] = []
        size = 0
        for number, shard in enumerate(contents.shards):
            if not self._is_small(shard):
                continue
            if group and size + shard.size_bytes > self._shard_bytes:
                yield group
                group, size = [], 0
            group.append(number)
            size += shard.size_bytes
        if len(group) > 1:
            yield group

    def _write(self, keys: Keys, embeddings: Embeddings) -> list[Shard]:
        self._prepare()
        written = []
        most = max(1, self._shard_bytes // (KEY_BYTES + embeddings.itemsize * self._dim))
        for start in range(0, len(keys), most):
            path = self._next_path()
            part = slice(start, start + most)
            with storage_errors(path):
                write_shard(path, keys[part], embeddings[part], self._encoder)
            written.append(open_shard(path, self._dim, self._encoder))
        return written

    def _prepare(self) -> None:
        """Make the folder and sweep away what a writer that died was writing."""
        if self._is_prepared:
            return
        with storage_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            for path in temporaries_in(self._folder):
                path.unlink()
        self._is_prepared = True

    def _next_path(self) -> Path:
        # The number keeps shards in the order of writing. The random part keeps two writers,
        # which the collection's lock rules out, from destroying each other's work after all.
        numbers = (int(path.name.partition("-")[0]) for path in self._paths())
        return self._folder / f"{max(numbers, default=0) + 1:08d}-{secrets.token_hex(4)}{_SUFFIX}"

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob(f"[0-9]*-*{_SUFFIX}"))

    def _found(self, keys: Keys) -> tuple[_Contents, tuple[Places, Places]]:
        """Contents, and the (n,) shard and row in them of each key; ``MISSING`` where it isn't."""
        contents = self._contents
        found = contents.table.find(keys)
        if (found[0] == MISSING).any():  # Another process may have stored it since.
            contents = self._refresh()
            found = contents.table.find(keys)
        return contents, found

    def _refresh(self) -> _Contents:
        """Look at the folder again, and keep what is mapped already."""
        known = {shard.path: shard for shard in self._contents.shards}
        if list(known) != self._paths():
            self._contents = self._read(known)
        return self._contents

    def _read(self, known: Mapping[Path, Shard]) -> _Contents:
        for _ in range(_ATTEMPTS):
            try:
                shards = tuple(
                    known.get(path) or open_shard(path, self._dim, self._encoder)
                    for path in self._paths()
                )
            except FileNotFoundError:  # A compaction took it away after it was listed.
                continue
            return _Contents(shards, KeyTable.of([shard.keys for shard in shards]))
        raise CollectionDamaged(f"{self._folder}: its files keep disappearing; try again")

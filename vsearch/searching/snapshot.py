"""The published index as a reader sees it: opened once, swapped when a new one appears."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from vsearch.errors import CollectionDamaged
from vsearch.index.generation import open_generation
from vsearch.index.interface import VectorIndex
from vsearch.index.manifest import Manifest, read_manifest
from vsearch.layout import Layout


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One generation; whoever holds it goes on searching it while newer ones appear."""

    manifest: Manifest
    index: VectorIndex | None
    """None where nothing has been published yet."""


class CurrentSnapshot:
    """Gives the newest generation, at the price of one look at a file. Thread-safe."""

    def __init__(self, layout: Layout) -> None:
        """Open the current generation.

        Raises:
            CollectionNotFound: there is no collection.
            CollectionFormatError: it is of a newer version.
            CollectionDamaged: its manifest or index can't be read.
        """
        self._layout = layout
        self._gate = threading.Lock()
        self._stamp = self._look()
        self._snapshot = self._open()

    def get(self) -> Snapshot:
        """The newest generation."""
        stamp = self._look()
        if stamp == self._stamp:
            return self._snapshot
        with self._gate:
            if stamp != self._stamp:
                self._snapshot = self._open()
                self._stamp = stamp
            return self._snapshot

    def _look(self) -> tuple[int, int, int]:
        try:
            status = self._layout.manifest.stat()
        except (FileNotFoundError, NotADirectoryError):
            return (0, 0, 0)  # Reading it says what is wrong, with the remedy.
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _open(self) -> Snapshot:
        manifest = read_manifest(self._layout.folder)
        while manifest.generation:
            try:
                return Snapshot(manifest, open_generation(self._layout.folder, manifest))
            except CollectionDamaged:
                # A writer that publishes twice in between takes the generation away.
                newer = read_manifest(self._layout.folder)
                if newer.generation == manifest.generation:
                    raise
                manifest = newer
        return Snapshot(manifest, None)

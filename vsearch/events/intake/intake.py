"""Takes events in from elsewhere and stores them, some ten thousand at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from vsearch.catalog.feeds.progress import Progress as Position
from vsearch.events.event_store import EventStore
from vsearch.events.intake.chunk import RawChunk, RejectedEvent
from vsearch.events.intake.opening import open_events
from vsearch.events.intake.options import IntakeOptions
from vsearch.events.intake.summary import IntakeSummary
from vsearch.events.intake.understanding import Understanding
from vsearch.progress import Progress, Silence

OnRejected = Callable[[str, RejectedEvent], None]
"""Told of each row that is skipped, with the name of what it is in."""


class EventIntake:
    """Stores what files tell. What was stored when it is interrupted stays.

    The same file may be taken in again, or one that overlaps it: an event is stored once.
    """

    def __init__(
        self,
        store: EventStore,
        options: IntakeOptions | None = None,
        *,
        progress: Progress | None = None,
        on_rejected: OnRejected | None = None,
    ) -> None:
        self._store = store
        self._options = options or IntakeOptions()
        self._progress = progress or Silence()
        self._on_rejected = on_rejected
        self._understanding = Understanding(self._options)
        self.summary = IntakeSummary()
        """As far as it has come."""

    def file(self, path: Path) -> None:
        """Take a file in.

        Raises:
            FeedError: the file as a whole can't be read; what came before is stored.
            StorageError: the database can't be written.
        """
        file = open_events(path, self._options)
        position = Position()
        with self._progress.stage("events", file.size, file.unit) as advance:
            come = 0
            for chunk in file.chunks(position):
                self._store_chunk(chunk, path.name)
                advance(position.position - come)
                come = position.position
        self.summary.notes += position.notes

    def chunks(self, chunks: Iterable[RawChunk], name: str) -> None:
        """Take rows in that come from no file; ``name`` stands for it in messages."""
        for chunk in chunks:
            self._store_chunk(chunk, name)

    def finish(self) -> IntakeSummary:
        """Look which products are unknown; the summary is whole then."""
        skus = self.summary.skus
        unknown = self._store.not_in_catalogue(skus)
        self.summary.unknown_skus = sorted(unknown, key=lambda sku: (-skus[sku], sku))
        return self.summary

    def _store_chunk(self, chunk: RawChunk, name: str) -> None:
        understood = self._understanding.read(chunk)
        new = self._store.add_columns(understood.events)
        summary = self.summary
        summary.stored += new
        summary.known += len(understood.events) - new
        summary.rejected += len(understood.rejected)
        summary.passed_over.update(understood.passed_over)
        summary.skus.update(understood.events.skus)
        if self._on_rejected is not None:
            for rejected in understood.rejected:
                self._on_rejected(name, rejected)

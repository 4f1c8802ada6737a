"""Where things lie in a collection's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one collection; nothing here touches the disk."""

    folder: Path

    @property
    def manifest(self) -> Path:
        """Names the current generation and the encoder."""
        return self.folder / "manifest.json"

    @property
    def database(self) -> Path:
        """The catalogue, unless a database URL replaces it."""
        return self.folder / "products.db"

    @property
    def downloads(self) -> Path:
        """Images that came from URLs, by content hash."""
        return self.folder / "downloads"

    @property
    def uploads(self) -> Path:
        """Images that were handed over as bytes, by content; the root of the feed ``api``."""
        return self.folder / "uploads"

    @property
    def thumbnails(self) -> Path:
        """Small copies of images; may be deleted."""
        return self.folder / "thumbnails"

    @property
    def jobs(self) -> Path:
        """The feeds of jobs that wait or run, and what keeps two runners apart."""
        return self.folder / "jobs"

    @property
    def writer_lock(self) -> Path:
        """Held by the one process that writes."""
        return self.folder / "writer.lock"

    @property
    def writer(self) -> Path:
        """Who holds the lock, for the message to the second writer."""
        return self.folder / "writer.json"

    @property
    def calibration(self) -> Path:
        """What scores mean, fitted from the embeddings; may be deleted."""
        return self.folder / "calibration"

    @property
    def behaviour(self) -> Path:
        """What was counted in the events; may be deleted, and is counted anew."""
        return self.folder / "behaviour"

    @property
    def goes_with(self) -> Path:
        """The model of what goes with what."""
        return self.folder / "goes-with"

    @property
    def neighbours(self) -> Path:
        """The neighbours of every product, as far as they were found."""
        return self.folder / "neighbours"

    def embeddings(self, fingerprint: str) -> Path:
        """The raw embeddings of one backbone, which has this fingerprint."""
        return self.folder / "embeddings" / fingerprint

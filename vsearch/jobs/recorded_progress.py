"""How far a job has come, written down for others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from vsearch.jobs.job import JobProgress
from vsearch.jobs.job_folder import JobFolder
from vsearch.progress import Advance

_WRITE_EVERY_S = 0.5


class RecordedProgress:
    """A run's progress, written down for others at most twice a second."""

    def __init__(self, folder: JobFolder) -> None:
        self._folder = folder
        self._written_at = 0.0
        self.latest = JobProgress("", 0, None, "")
        """The newest, written yet or not."""

    def tell(self, progress: JobProgress) -> None:
        """Write it down at once."""
        self.latest = progress
        self._folder.write_progress(progress)
        self._written_at = monotonic()

    @contextmanager
    def stage(self, name: str, total: int | None, unit: str) -> Iterator[Advance]:
        """Announce a stage; see ``Progress``."""
        done = 0

        def advance(number: int) -> None:
            nonlocal done
            done += number
            self.latest = JobProgress(name, done, total, unit)
            if monotonic() - self._written_at > _WRITE_EVERY_S:
                self.tell(self.latest)

        self.tell(JobProgress(name, 0, total, unit))
        yield advance
        self.tell(self.latest)

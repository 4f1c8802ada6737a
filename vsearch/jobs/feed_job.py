"""Reading a feed as a job: what its process does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from time import monotonic

from vsearch.errors import FeedError, SettingsError
from vsearch.indexing.into_folder import index_into
from vsearch.indexing.summary import RejectedImage, RejectedRow
from vsearch.jobs.job import MAX_REJECTIONS, FeedRequest, Job, JobProgress, JobRejection, JobState
from vsearch.jobs.job_folder import JobFolder
from vsearch.jobs.job_store import JobStore
from vsearch.layout import Layout
from vsearch.progress import Advance
from vsearch.settings import Settings

#: How long a job waits for another writer, in seconds.
PATIENCE_S = 24 * 60 * 60

_WRITE_EVERY_S = 0.5


class FeedJob:
    """Does one job, and notes how it ends."""

    def __init__(self, layout: Layout, settings: Settings, store: JobStore, job: Job) -> None:
        self._layout = layout
        self._settings = settings
        self._store = store
        self._job = job
        self._folder = JobFolder(layout, job.id)
        self._request = FeedRequest.from_json(job.spec)
        self._progress = RecordedProgress(self._folder)
        self._rejections: list[JobRejection] = []

    def run(self) -> JobState:
        """Do it; return how it ended.

        Raises:
            Exception: what isn't the feed's fault; the job is failed then.
        """
        request = self._request
        feed = self._folder.path / request.file
        self._progress.tell(JobProgress("waiting", 0, None, ""))
        try:
            summary = index_into(
                self._layout,
                feed,
                request.options,
                self._settings,
                self._progress,
                self._on_rejected,
                patience_s=PATIENCE_S,
            )
        except (FeedError, SettingsError) as error:
            # Where the file lies on this machine is no matter of who sent it.
            problem = str(error).replace(str(feed), request.name or request.file)
            return self._end(JobState.FAILED, problem=problem)
        except Exception as error:
            # Nor is where the rest lies: that stands in the service's log.
            problem = f"{type(error).__name__}; the service's log says more"
            self._end(JobState.FAILED, problem=problem)
            raise
        summary.feed = request.name or request.file
        told = asdict(summary) | {"reasons": dict(summary.reasons)}
        return self._end(JobState.DONE, summary=told)

    def _end(
        self, state: JobState, *, summary: dict[str, object] | None = None, problem: str = ""
    ) -> JobState:
        self._store.end(
            self._job.id,
            state,
            summary=summary,
            problem=problem,
            progress=self._progress.latest,
            rejections=self._rejections,
        )
        return state

    def _on_rejected(self, rejected: RejectedRow | RejectedImage) -> None:
        if len(self._rejections) >= MAX_REJECTIONS:
            return
        match rejected:
            case RejectedRow():
                place = f"row {rejected.row}"
                self._rejections.append(JobRejection(place, rejected.field, rejected.problem))
            case RejectedImage():
                self._rejections.append(JobRejection(rejected.location, "images", rejected.reason))


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

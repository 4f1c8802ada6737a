"""What the process of any job does around its work: how it begins, and how its end is noted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from vsearch.jobs.job import Job, JobProgress, JobRejection, JobState
from vsearch.jobs.job_folder import JobFolder
from vsearch.jobs.job_store import JobStore
from vsearch.jobs.recorded_progress import RecordedProgress
from vsearch.layout import Layout
from vsearch.settings import Settings

#: How long a job waits for another writer, in seconds.
PATIENCE_S = 24 * 60 * 60


class TaskFailed(Exception):
    """The work can't be done; the message is for whoever asked for it."""


class Task(ABC):
    """One job, done once."""

    def __init__(self, layout: Layout, settings: Settings, store: JobStore, job: Job) -> None:
        self.layout = layout
        self.settings = settings
        self.job = job
        self.folder = JobFolder(layout, job.id)
        self.progress = RecordedProgress(self.folder)
        self.rejections: list[JobRejection] = []
        """What the work skips; kept however it ends."""

        self._store = store

    @abstractmethod
    def do(self) -> dict[str, Any]:
        """Do the work; return what was done.

        Raises:
            TaskFailed: it can't be done.
        """

    def run(self) -> JobState:
        """Do it; return how it ended.

        Raises:
            Exception: what nobody has foreseen; the job is failed then.
        """
        self.progress.tell(JobProgress("waiting", 0, None, ""))
        try:
            summary = self.do()
        except TaskFailed as failure:
            return self._end(JobState.FAILED, problem=str(failure))
        except Exception as error:
            # Where things lie on this machine stands in the service's log.
            problem = f"{type(error).__name__}; the service's log says more"
            self._end(JobState.FAILED, problem=problem)
            raise
        return self._end(JobState.DONE, summary=summary)

    def _end(
        self, state: JobState, *, summary: dict[str, Any] | None = None, problem: str = ""
    ) -> JobState:
        self._store.end(
            self.job.id,
            state,
            summary=summary,
            problem=problem,
            progress=self.progress.latest,
            rejections=self.rejections,
        )
        return state

"""Fitting what scores mean as a job: what its process does."""

from __future__ import annotations

from vsearch.indexing.upkeep import fit_scores
from vsearch.jobs.feed_job import PATIENCE_S, RecordedProgress
from vsearch.jobs.job import Job, JobProgress, JobState
from vsearch.jobs.job_folder import JobFolder
from vsearch.jobs.job_store import JobStore
from vsearch.layout import Layout
from vsearch.settings import Settings


class ScoresJob:
    """Does one job, and notes how it ends."""

    def __init__(self, layout: Layout, settings: Settings, store: JobStore, job: Job) -> None:
        self._layout = layout
        self._settings = settings
        self._store = store
        self._job = job
        self._progress = RecordedProgress(JobFolder(layout, job.id))

    def run(self) -> JobState:
        """Do it; return how it ended.

        Raises:
            BaseException: what nobody has foreseen; the job is failed then.
        """
        self._progress.tell(JobProgress("waiting", 0, None, ""))
        try:
            summary = fit_scores(
                self._layout, self._settings, self._progress, patience_s=PATIENCE_S
            )
        except Exception as error:
            # Where things lie on this machine stands in the service's log.
            problem = f"{type(error).__name__}; the service's log says more"
            self._end(JobState.FAILED, problem=problem)
            raise
        if summary.notes:
            return self._end(JobState.FAILED, problem="; ".join(summary.notes))
        return self._end(JobState.DONE, photos=sum(stage.done for stage in summary.stages))

    def _end(self, state: JobState, *, photos: int | None = None, problem: str = "") -> JobState:
        self._store.end(
            self._job.id,
            state,
            summary=None if photos is None else {"photos": photos},
            problem=problem,
            progress=self._progress.latest,
        )
        return state

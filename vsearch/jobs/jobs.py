"""The jobs of a collection, as a service offers them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from vsearch.catalog.feeds.recognise import FORMATS
from vsearch.errors import FeedError
from vsearch.indexing.options import IndexOptions
from vsearch.indexing.uploads import FEED as UPLOADS_FEED
from vsearch.jobs.job import FEED, FeedRequest, Job, JobState
from vsearch.jobs.job_folder import JobFolder
from vsearch.jobs.job_store import JobStore, catalogue_engine, new_job_id
from vsearch.layout import Layout
from vsearch.settings import Settings

#: What a feed is known by that was handed over without a name.
DEFAULT_FEED = "feed"


class Jobs:
    """Takes jobs, and tells how far they have come. Safe to share between threads.

    ``JobRunner`` does them, in this process or another one.
    """

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Open.

        Args:
            folder: of the collection.
            settings: the configuration.

        Raises:
            CollectionNotFound, CollectionDamaged, CollectionFormatError: as ``Collection.open``.
        """
        self._layout = Layout(folder)
        self._engine = catalogue_engine(self._layout, settings)
        self._store = JobStore(self._engine)

    def submit_feed(
        self,
        feed: BinaryIO,
        *,
        file_name: str,
        options: IndexOptions | None = None,
        created_by: str = "",
    ) -> Job:
        """Keep a feed, and queue reading it.

        Args:
            feed: the file, read to its end.
            file_name: what it is called where it comes from: a message names it by this. Nothing
                of it but its ending goes into a path.
            options: how to go about it. Without a ``feed_name``, it is the feed ``feed``.
            created_by: the id of an API key.

        Raises:
            FeedError: the options can't be right.
            StorageError: the disk is full or can't be written; there is no job.
        """
        options = options or IndexOptions()
        name = options.feed_name or DEFAULT_FEED
        if name == UPLOADS_FEED:
            raise FeedError(f'name: "{name}" is that of the products that are put; take another')
        if options.format is not None and options.format not in FORMATS:
            raise FeedError(f'format: "{options.format}" is none of {", ".join(FORMATS)}')
        job_id = new_job_id()
        folder = JobFolder(self._layout, job_id)
        kept = folder.keep_feed(feed, file_name)
        request = FeedRequest(kept, file_name, replace(options, feed_name=name))
        try:
            self._store.add(job_id, FEED, request.to_json(), created_by)
        except BaseException:
            folder.remove()
            raise
        return self._store.find(job_id)

    def find(self, job_id: str) -> Job:
        """The job with this id, as it stands now.

        Raises:
            JobNotFound: there is none.
        """
        return self._with_progress(self._store.find(job_id))

    def newest(self) -> list[Job]:
        """The newest hundred jobs, newest first; without what they rejected."""
        return [self._with_progress(job) for job in self._store.newest()]

    def cancel(self, job_id: str) -> Job:
        """End a job; what it has done by then is kept. One that has ended stays as it is.

        Raises:
            JobNotFound: there is none.
        """
        was = self._store.state(job_id)
        job = self._store.cancel(job_id)
        if was is JobState.QUEUED and job.state is JobState.CANCELLED:
            # Of one that runs, the runner removes the folder when its process has ended.
            JobFolder(self._layout, job_id).remove()
        return job

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _with_progress(self, job: Job) -> Job:
        if job.state is not JobState.RUNNING:
            return job
        return replace(job, progress=JobFolder(self._layout, job.id).progress())

"""Does a collection's jobs one after another, each in a process of its own."""

from __future__ import annotations

import logging
import os
import socket
import threading
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout
from sqlalchemy.exc import DBAPIError

from vsearch.errors import VsearchError
from vsearch.events.event_store import EventStore
from vsearch.events.selection import EventSelection
from vsearch.index.manifest import read_manifest
from vsearch.indexing.upkeep import needs_scores
from vsearch.jobs.job import EVENTS, SCORES, JobState
from vsearch.jobs.job_folder import JobFolder
from vsearch.jobs.job_process import JobProcess
from vsearch.jobs.job_store import JobStore, catalogue_engine, new_job_id
from vsearch.layout import Layout
from vsearch.settings import Settings
from vsearch.storage import storage_errors

_log = logging.getLogger(__name__)

#: For how long nothing may have changed before what scores mean is fitted, in seconds.
QUIET_S = 60.0

#: How long a process has to store what it has done, in seconds.
_GRACE_S = 20.0

_DAY_S = 24 * 60 * 60


class JobRunner:
    """A thread that does jobs while it is open. A context manager.

    Any number of processes may have one for the same collection: one of them works at a time,
    and another one takes over when it ends, however it ends. What it left unfinished is done
    from where it was.
    """

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        *,
        poll_s: float = 0.5,
        quiet_s: float = QUIET_S,
        keep_events_days: int = 0,
    ) -> None:
        """Open; nothing is begun.

        Args:
            folder: of the collection.
            settings: what the jobs' processes are to go by.
            poll_s: how often to look for jobs, in seconds.
            quiet_s: for how long nothing may have changed before what scores mean is fitted to
                products that were put one by one, in seconds.
            keep_events_days: remove events when they are so many days old; 0 keeps them.

        Raises:
            CollectionNotFound, CollectionDamaged, CollectionFormatError: as ``Collection.open``.
        """
        self._layout = Layout(folder)
        self._engine = catalogue_engine(self._layout, settings)
        self._store = JobStore(self._engine)
        self._settings = settings
        self._poll_s = poll_s
        self._quiet_s = quiet_s
        self._keep_events_days = keep_events_days
        self._look_for_old_events_at = 0.0
        self._seen = 0
        self._seen_at = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="vsearch-jobs", daemon=True)

    def start(self) -> None:
        """Begin to look for jobs."""
        self._thread.start()

    def close(self) -> None:
        """Stop; a job that runs is interrupted, and goes on with the next runner."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._engine.dispose()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _work(self) -> None:
        trouble = ""
        while not self._stopping.is_set():
            try:
                self._take_turn()
                trouble = ""
            except (VsearchError, DBAPIError, OSError) as error:
                # A database that is away for a while comes back, and so does a full disk.
                if str(error) != trouble:
                    trouble = str(error)
                    is_ours = isinstance(error, VsearchError)
                    _log.error("jobs are halted: %s", trouble, exc_info=not is_ours)
            self._stopping.wait(self._poll_s)

    def _take_turn(self) -> None:
        """Do jobs until this is closed; nothing where another runner does them."""
        with storage_errors(self._layout.jobs):
            self._layout.jobs.mkdir(exist_ok=True)
        lock = FileLock(self._layout.jobs / "runner.lock", is_singleton=False)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return
        try:
            self._store.requeue()
            self._sweep()
            while not self._stopping.is_set():
                if not self._do_next():
                    self._keep_up()
                    self._stopping.wait(self._poll_s)
        finally:
            lock.release()

    def _keep_up(self) -> None:
        """Queue what nobody asks for."""
        self._keep_up_scores()
        self._keep_up_events()

    def _keep_up_scores(self) -> None:
        """Let them be fitted, once for each generation that is left in peace."""
        generation = read_manifest(self._layout.folder).generation
        if generation != self._seen:
            self._seen, self._seen_at = generation, monotonic()
        elif monotonic() - self._seen_at >= self._quiet_s:
            self._seen_at = inf
            if needs_scores(self._layout):
                self._store.add(new_job_id(), SCORES, {}, created_by="")

    def _keep_up_events(self) -> None:
        """Let old ones be removed, once a day."""
        if not self._keep_events_days or monotonic() < self._look_for_old_events_at:
            return
        self._look_for_old_events_at = monotonic() + _DAY_S
        before = datetime.now(UTC) - timedelta(days=self._keep_events_days)
        if EventStore(self._engine).count(EventSelection(before=before)):
            self._store.add(new_job_id(), EVENTS, {"before": before.isoformat()}, created_by="")

    def _do_next(self) -> bool:
        """Do the next job, if there is one; whether there was."""
        job = self._store.claim(f"{socket.gethostname()}/{os.getpid()}")
        if job is None:
            return False
        folder = JobFolder(self._layout, job.id)
        folder.path.mkdir(exist_ok=True)
        process = JobProcess(self._layout, self._settings, job.id)
        _log.info("job %s begins in process %d", job.id, process.pid)
        try:
            while not process.wait(self._poll_s):
                is_cancelled = self._store.state(job.id) is JobState.CANCELLED
                if is_cancelled or self._stopping.is_set():
                    self._end(process)
        except BaseException:
            self._end(process)
            raise
        if self._stopping.is_set() and self._store.requeue():
            return True
        status = process.status()
        problem = f"its process ended unexpectedly (status {status}); the service's log has more"
        self._store.end(job.id, JobState.FAILED, problem=problem, progress=folder.progress())
        folder.remove()
        _log.info("job %s has ended (status %s)", job.id, status)
        return True

    def _sweep(self) -> None:
        """Remove the folders of jobs that have ended: a runner may have died before it did."""
        for path in self._layout.jobs.iterdir():
            # One without a job is about to get it.
            state = self._store.state(path.name) if path.is_dir() else None
            if state is not None and state.has_ended:
                JobFolder(self._layout, path.name).remove()

    @staticmethod
    def _end(process: JobProcess) -> None:
        process.interrupt()
        if not process.wait(_GRACE_S):
            process.kill()

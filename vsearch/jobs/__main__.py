"""The process of one job: ``python -m vsearch.jobs FOLDER ID``, begun by ``JobRunner``."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

from vsearch.errors import VsearchError
from vsearch.jobs.events_task import EventsTask
from vsearch.jobs.feed_task import FeedTask
from vsearch.jobs.job import EVENTS, FEED, SCORES, JobState
from vsearch.jobs.job_store import JobStore, catalogue_engine
from vsearch.jobs.scores_task import ScoresTask
from vsearch.jobs.task import Task
from vsearch.layout import Layout
from vsearch.settings import Settings

#: How much other processes go before this one: 19 is the most.
_NICENESS = 10

_LOOK_EVERY_S = 0.5

_TASKS: dict[str, type[Task]] = {FEED: FeedTask, SCORES: ScoresTask, EVENTS: EventsTask}


def main(folder: str, job_id: str) -> int:
    """Do one job that runs; return the process's exit status."""
    os.nice(_NICENESS)
    parent = os.getppid()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    layout, settings = Layout(Path(folder)), Settings.from_environment()
    engine = catalogue_engine(layout, settings)
    try:
        store = JobStore(engine)
        job = store.find(job_id)
        if job.state is not JobState.RUNNING:
            return 1
        kind = _TASKS[job.kind]
        return 0 if kind(layout, settings, store, job).run() is JobState.DONE else 1
    finally:
        engine.dispose()


def _end_with(parent: int) -> None:
    """Stop as Ctrl-C would when the runner is gone: another one does the job from where it is."""
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except VsearchError as error:
        sys.exit(f"vsearch.jobs: {error}")

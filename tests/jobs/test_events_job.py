"""Old events go by themselves, where the service was told for how long to keep them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from vsearch.collection import Collection
from vsearch.events.event import Event, EventKind
from vsearch.jobs.job import EVENTS, JobState
from vsearch.jobs.runner import JobRunner


def test_old_events_are_removed(office: Any) -> None:
    now = datetime.now(UTC)
    with Collection.open(office.folder, settings=office.settings) as collection:
        collection.events.add(
            [Event(EventKind.VIEW, f"{days}", at=now - timedelta(days=days)) for days in range(6)]
        )
        with JobRunner(office.folder, office.settings, poll_s=0.05, keep_events_days=3):
            end = time.monotonic() + 60
            while not office.jobs.newest():
                assert time.monotonic() < end
                time.sleep(0.05)
            job = office.ended(office.jobs.newest()[0])
        assert (job.kind, job.state, job.summary) == (EVENTS, JobState.DONE, {"removed": 3})
        assert sorted(collection.events.table()["sku"].to_pylist()) == ["0", "1", "2"]
        # With nothing to remove, there is no job.
        with JobRunner(office.folder, office.settings, poll_s=0.01, keep_events_days=3):
            time.sleep(0.3)
        assert len(office.jobs.newest()) == 1

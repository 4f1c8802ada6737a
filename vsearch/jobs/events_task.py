"""Removing events that are older than the service keeps them: what the job's process does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from vsearch.events.selection import EventSelection
from vsearch.events.shop_events import ShopEvents
from vsearch.jobs.job_store import catalogue_engine
from vsearch.jobs.task import Task


class EventsTask(Task):
    """Removes old events."""

    def do(self) -> dict[str, Any]:
        """Remove them; return how many there were."""
        before = datetime.fromisoformat(self.job.spec["before"])
        engine = catalogue_engine(self.layout, self.settings)
        try:
            events = ShopEvents(engine, self.layout.behaviour)
            removed = events.forget(EventSelection(before=before))
        finally:
            engine.dispose()
        return {"removed": removed}

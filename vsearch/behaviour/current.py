"""What the events say by now, brought up to date with those that are new."""

from __future__ import annotations

import threading

from vsearch.behaviour.behaviour import Behaviour
from vsearch.events.event_store import EventStore


class CurrentBehaviour:
    """Counts the events of a collection, each once. Thread-safe."""

    def __init__(self, events: EventStore) -> None:
        self._events = events
        self._gate = threading.Lock()
        self._behaviour = Behaviour.empty()

    def get(self) -> Behaviour:
        """What all events up to now say."""
        with self._gate:
            for page in self._events.read(self._behaviour.last_id):
                self._behaviour = self._behaviour.counted(page)
            return self._behaviour

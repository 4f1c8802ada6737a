"""What the events say by now, brought up to date with those that are new."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from vsearch.events.event_store import EventStore

if TYPE_CHECKING:
    from vsearch.behaviour.behaviour import Behaviour


class CurrentBehaviour:
    """Counts the events of a collection, each once. Thread-safe."""

    def __init__(self, events: EventStore) -> None:
        self._events = events
        self._gate = threading.Lock()
        self._behaviour: Behaviour | None = None

    def get(self) -> Behaviour:
        """What all events up to now say."""
        # Counting needs SciPy, which takes a moment that no query should pay.
        from vsearch.behaviour.behaviour import Behaviour

        with self._gate:
            behaviour = self._behaviour or Behaviour.empty()
            for page in self._events.read(behaviour.last_id):
                behaviour = behaviour.counted(page)
            self._behaviour = behaviour
            return behaviour

"""What the events say by now, brought up to date with those that are new."""

from __future__ import annotations

import threading
from time import monotonic
from typing import TYPE_CHECKING

from vsearch.events.event_store import EventStore
from vsearch.layout import Layout

if TYPE_CHECKING:
    from vsearch.behaviour.behaviour import Behaviour

#: For so long an answer is given again without asking the database; longer where counting what
#: is new takes its time, which is to be a twentieth of the whole.
_FRESH_S = 1.0
_FRESH_FOR_COUNTING = 20.0

#: Events counted at once: adding to the counts costs about the same for few as for many.
_AT_ONCE = 200_000

#: After so many more events, and so large a share more, what was counted is kept on the disk.
_KEPT_AFTER = 20_000
_KEPT_SHARE = 0.1


class CurrentBehaviour:
    """Counts the events of a collection, each once. Thread-safe.

    What was counted is kept in the collection's folder, so that a new process goes on from
    there. It is counted anew after events have been removed.
    """

    def __init__(self, layout: Layout, events: EventStore) -> None:
        self._layout = layout
        self._events = events
        self._gate = threading.Lock()
        self._behaviour: Behaviour | None = None
        self._epoch = -1
        self._kept_events = 0
        self._fresh_until = float("-inf")
        self._whole_until = float("-inf")

    def get(self) -> Behaviour:
        """What all events up to now say; of millions that of a minute ago.

        What was removed is gone within a second.
        """
        behaviour = self._behaviour
        if behaviour is not None and monotonic() < self._fresh_until and self._is_whole():
            return behaviour
        # Who comes while another one counts is given what was known before.
        if not self._gate.acquire(blocking=behaviour is None):
            assert behaviour is not None
            return behaviour
        try:
            return self._counted()
        finally:
            self._gate.release()

    def _is_whole(self) -> bool:
        """Whether nothing was removed of what was counted; asked once a second."""
        now = monotonic()
        if now < self._whole_until:
            return True
        self._whole_until = now + _FRESH_S
        return self._events.epoch() == self._epoch

    def _counted(self) -> Behaviour:
        # Counting needs SciPy, which takes a moment that no query should pay.
        from vsearch.behaviour.behaviour import Behaviour
        from vsearch.behaviour.file import read_behaviour, write_behaviour

        started = monotonic()
        # Before anything is read: what is removed meanwhile shows the next time.
        epoch = self._events.epoch()
        behaviour = self._behaviour
        if behaviour is None or epoch != self._epoch:
            behaviour = read_behaviour(self._layout, epoch) or Behaviour.empty()
            self._kept_events = behaviour.events
        for page in self._events.read(behaviour.last_id, page=_AT_ONCE):
            behaviour = behaviour.counted(page)
        new = behaviour.events - self._kept_events
        if new >= max(_KEPT_AFTER, _KEPT_SHARE * self._kept_events):
            write_behaviour(self._layout, behaviour, epoch)
            self._kept_events = behaviour.events
        now = monotonic()
        self._behaviour, self._epoch = behaviour, epoch
        self._fresh_until = now + max(_FRESH_S, min(60.0, _FRESH_FOR_COUNTING * (now - started)))
        return behaviour

"""Which events: of whom, of when, of what kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vsearch.errors import EventRejected
from vsearch.events.event import EventKind, require_id, require_moment


@dataclass(frozen=True, slots=True)
class EventSelection:
    """Those events that meet all that is given; all of them where nothing is.

    Raises:
        EventRejected: an id is empty, which is nobody's in particular, or can't be anybody's, or a
            moment can't be one of an event.
    """

    user_id: str | None = None
    session_id: str | None = None
    kinds: tuple[EventKind, ...] = ()
    """Of one of these; of any where there are none."""
    since: datetime | None = None
    """At this moment or later."""
    before: datetime | None = None
    """Earlier than this moment."""

    def __post_init__(self) -> None:
        """See that each says something."""
        for name in ("user_id", "session_id"):
            text: str | None = getattr(self, name)
            if text == "":
                raise EventRejected(name, "it is empty")
            if text is not None:
                _require_possible(name, text)
        for name in ("since", "before"):
            moment: datetime | None = getattr(self, name)
            if moment is not None:
                require_moment(name, moment)

    @property
    def is_everything(self) -> bool:
        """Whether nothing is given."""
        return self == EventSelection()


def _require_possible(name: str, text: str) -> None:
    try:
        require_id(name, text)
    except ValueError as error:
        raise EventRejected(name, str(error)) from None


EVERYTHING = EventSelection()

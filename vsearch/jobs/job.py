"""A job: what is to be done, how far it has come, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from vsearch.indexing.options import IndexOptions

#: Of what is rejected, so much is kept.
MAX_REJECTIONS = 1_000

#: Kinds of jobs: reading a feed, fitting what scores mean, removing old events.
FEED = "feed"
SCORES = "scores"
EVENTS = "events"


class JobState(StrEnum):
    """How far a job has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self not in (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job has come in the stage that it is in."""

    stage: str
    """``waiting`` for another writer, ``feed``, ``images``, ``index`` or ``scores``."""
    done: int
    total: int | None
    """None where nobody knows."""
    unit: str


@dataclass(frozen=True, slots=True)
class JobRejection:
    """A row of a feed or an image that was skipped."""

    place: str
    """``row 12``, or the image's address."""
    field: str
    """Of the product; ``images`` for an image."""
    problem: str


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """A feed that is to be read."""

    file: str
    """The name of its file in the job's folder."""
    name: str
    """What it was called where it came from; for people."""
    options: IndexOptions

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        options = asdict(self.options) | {"mapping": dict(self.options.mapping)}
        return {"file": self.file, "name": self.name, "options": options}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> FeedRequest:
        """From what is kept."""
        return cls(kept["file"], kept["name"], IndexOptions(**kept["options"]))


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands."""

    id: str
    """32 hex digits."""
    kind: str
    """``feed``, ``scores`` or ``events``."""
    state: JobState
    spec: Mapping[str, Any]
    """What is to be done; of a feed, ``FeedRequest.to_json``."""
    progress: JobProgress | None
    """None before it has begun."""
    summary: Mapping[str, Any] | None
    """What was done, as ``vsearch index --json`` has it; None before it is done."""
    problem: str
    """Why it failed; empty where it didn't."""
    created_by: str
    """The id of an API key; empty where there was none."""
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    rejections: tuple[JobRejection, ...] = ()
    """The first ``MAX_REJECTIONS``, once it has ended; a list of jobs leaves them out."""

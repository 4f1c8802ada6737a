"""Something long that a service does: what it tells of it, and waiting for its end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vsearch.client.answers import reading
from vsearch.indexing.summary import ImageCounts, IndexSummary, ProductCounts, StageTime
from vsearch.progress import Advance, Progress

#: How often a job is looked at, in seconds.
POLL_S = 0.5

_ENDED = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job has come in the stage that it is in."""

    stage: str
    done: int
    total: int | None
    """None where nobody knows."""
    unit: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row of a feed or an image that was skipped."""

    where: str
    """``file:row``, or the image's path or address."""
    field: str
    problem: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.where, self.field, self.problem) if part)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the service last told of it."""

    id: str
    kind: str
    """``feed``."""
    state: str
    """``queued``, ``running``, ``done``, ``failed`` or ``cancelled``."""
    progress: JobProgress | None
    summary: IndexSummary | None
    """What came of it, once it is done."""
    problem: str
    """Why it failed; empty where it didn't."""
    rejections: tuple[Rejection, ...]
    """The first 1,000."""
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in _ENDED


def read_job(content: Mapping[str, Any], url: str) -> Job:
    """Read a job.

    Raises:
        ServiceError: it isn't one.
    """
    with reading(url):
        progress, summary = content["progress"], content["summary"]
        return Job(
            id=content["id"],
            kind=content["kind"],
            state=content["state"],
            progress=None
            if progress is None
            else JobProgress(
                progress["stage"], progress["done"], progress["total"], progress["unit"]
            ),
            summary=None if summary is None else _summary(summary),
            problem=content["problem"],
            rejections=tuple(
                Rejection(one["where"], one["field"], one["problem"])
                for one in content["rejections"]
            ),
            created_at=datetime.fromisoformat(content["created_at"]),
            started_at=_moment(content["started_at"]),
            ended_at=_moment(content["ended_at"]),
        )


def watched(
    look: Callable[[], Job], progress: Progress, sleep: Callable[[float], None] = time.sleep
) -> Job:
    """Look at a job until it has ended, and tell how far it comes.

    Args:
        look: asks the service for the job.
        progress: told of its stages as a collection tells of them.
        sleep: waits for a number of seconds.
    """
    with ExitStack() as stage:
        advance: Advance = _nowhere
        name, done = "", 0
        for job in _looks(look, sleep):
            if job.progress is not None:
                if job.progress.stage != name:
                    stage.close()
                    name, done = job.progress.stage, 0
                    advance = stage.enter_context(
                        progress.stage(name, job.progress.total, job.progress.unit)
                    )
                advance(job.progress.done - done)
                done = job.progress.done
    return job


def _looks(look: Callable[[], Job], sleep: Callable[[float], None]) -> Iterator[Job]:
    while True:
        job = look()
        yield job
        if job.has_ended:
            return
        sleep(POLL_S)


def _nowhere(_done: int) -> None:
    """Tell nobody: no stage has begun."""


def _summary(content: Mapping[str, Any]) -> IndexSummary:
    return IndexSummary(
        **{
            **content,
            "products": ProductCounts(**content["products"]),
            "images": ImageCounts(**content["images"]),
            "stages": [StageTime(**stage) for stage in content["stages"]],
            "reasons": Counter(content["reasons"]),
        }
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

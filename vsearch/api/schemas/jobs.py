"""Jobs as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from vsearch.jobs.job import Job


class ProgressOut(BaseModel):
    """How far a job has come."""

    stage: str
    done: int
    total: int | None
    unit: str


class RejectionOut(BaseModel):
    """A row or an image that was skipped."""

    where: str
    field: str
    problem: str


class JobOut(BaseModel):
    """Something long that the service does."""

    id: str
    kind: str
    state: str = Field(description="queued, running, done, failed or cancelled")
    progress: ProgressOut | None
    summary: dict[str, Any] | None = Field(description="what came of it, as `vsearch index --json`")
    problem: str = Field(description="why it failed; empty where it didn't")
    rejections: list[RejectionOut] = Field(description="the first 1,000 rows and images skipped")
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


def job_out(job: Job) -> JobOut:
    """A job as it is told."""
    progress = job.progress
    return JobOut(
        id=job.id,
        kind=job.kind,
        state=job.state,
        progress=None
        if progress is None
        else ProgressOut(
            stage=progress.stage, done=progress.done, total=progress.total, unit=progress.unit
        ),
        summary=None if job.summary is None else dict(job.summary),
        problem=job.problem,
        rejections=[
            RejectionOut(where=one.place, field=one.field, problem=one.problem)
            for one in job.rejections
        ],
        created_at=job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
    )


class JobsOut(BaseModel):
    """Jobs, the newest first; without their rejections."""

    jobs: list[JobOut]

"""Jobs as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


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


class JobsOut(BaseModel):
    """Jobs, the newest first; without their rejections."""

    jobs: list[JobOut]

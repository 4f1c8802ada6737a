"""The table of jobs."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from vsearch.catalog.database import storage_errors
from vsearch.catalog.opening import reading_engine
from vsearch.catalog.schema import job_rejections, jobs
from vsearch.errors import JobNotFound
from vsearch.index.manifest import read_manifest
from vsearch.jobs.job import MAX_REJECTIONS, Job, JobProgress, JobRejection, JobState
from vsearch.layout import Layout
from vsearch.settings import Settings

#: How many jobs a list has.
LISTED = 100

#: Jobs that have ended are forgotten when there are more of them than this.
KEPT = 1_000


class JobStore:
    """Keeps jobs. Safe to share between threads and processes.

    Every change of state says from which state: what has ended in one process doesn't begin
    again in another. Nothing of it counts as a change of the catalogue.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, job_id: str, kind: str, spec: Mapping[str, Any], created_by: str) -> None:
        """Queue a job."""
        with storage_errors(self._engine), self._engine.begin() as connection:
            connection.execute(
                insert(jobs).values(
                    id=job_id,
                    kind=kind,
                    state=JobState.QUEUED.value,
                    spec=dict(spec),
                    progress={},
                    problem="",
                    worker="",
                    created_by=created_by,
                    created_at=datetime.now(UTC),
                )
            )
            _forget_old(connection)

    def find(self, job_id: str) -> Job:
        """The job with this id, with what it rejected.

        Raises:
            JobNotFound: there is none.
        """
        with storage_errors(self._engine), self._engine.connect() as connection:
            row = connection.execute(select(jobs).where(jobs.c.id == job_id)).one_or_none()
            if row is None:
                raise JobNotFound(f"{job_id[:80]}: no job has this id")
            rejections = connection.execute(
                select(job_rejections.c.place, job_rejections.c.field, job_rejections.c.problem)
                .where(job_rejections.c.job_id == job_id)
                .order_by(job_rejections.c.number)
            ).all()
        return _job(row, tuple(JobRejection(*one) for one in rejections))

    def newest(self, k: int = LISTED) -> list[Job]:
        """The newest jobs, newest first; without what they rejected."""
        with storage_errors(self._engine), self._engine.connect() as connection:
            rows = connection.execute(
                select(jobs).order_by(jobs.c.created_at.desc(), jobs.c.id).limit(k)
            ).all()
        return [_job(row) for row in rows]

    def state(self, job_id: str) -> JobState | None:
        """How far a job has come; None where there is none."""
        with storage_errors(self._engine), self._engine.connect() as connection:
            found = connection.scalar(select(jobs.c.state).where(jobs.c.id == job_id))
        return None if found is None else JobState(found)

    def claim(self, worker: str) -> Job | None:
        """Take the oldest job that waits; None where none does."""
        with storage_errors(self._engine), self._engine.connect() as connection:
            waiting = connection.scalars(
                select(jobs.c.id)
                .where(jobs.c.state == JobState.QUEUED.value)
                .order_by(jobs.c.created_at, jobs.c.id)
            ).all()
        for job_id in waiting:
            values = {"worker": worker, "started_at": datetime.now(UTC), "progress": {}}
            if self._move(job_id, JobState.QUEUED, JobState.RUNNING, **values):
                return self.find(job_id)
        return None

    def requeue(self) -> int:
        """Queue again what a runner that has ended left running; return how many."""
        with storage_errors(self._engine), self._engine.begin() as connection:
            return connection.execute(
                update(jobs)
                .where(jobs.c.state == JobState.RUNNING.value)
                .values(state=JobState.QUEUED.value, worker="", started_at=None)
            ).rowcount

    def cancel(self, job_id: str) -> Job:
        """End a job that waits or runs; one that has ended stays as it is.

        Raises:
            JobNotFound: there is none.
        """
        for state in (JobState.QUEUED, JobState.RUNNING):
            self._move(job_id, state, JobState.CANCELLED, ended_at=datetime.now(UTC))
        return self.find(job_id)

    def end(
        self,
        job_id: str,
        state: JobState,
        *,
        summary: Mapping[str, Any] | None = None,
        problem: str = "",
        progress: JobProgress | None = None,
        rejections: Sequence[JobRejection] = (),
    ) -> bool:
        """Note how a running job has ended; whether it was running still."""
        values: dict[str, Any] = {
            "ended_at": datetime.now(UTC),
            "summary": summary,
            "problem": problem,
        }
        if progress is not None:
            values["progress"] = _kept(progress)
        with storage_errors(self._engine), self._engine.begin() as connection:
            moved = connection.execute(
                update(jobs)
                .where(jobs.c.id == job_id, jobs.c.state == JobState.RUNNING.value)
                .values(state=state.value, **values)
            ).rowcount
            kept = rejections[:MAX_REJECTIONS] if moved else ()
            if kept:
                connection.execute(
                    insert(job_rejections),
                    [
                        {
                            "job_id": job_id,
                            "number": number,
                            "place": one.place,
                            "field": one.field,
                            "problem": one.problem,
                        }
                        for number, one in enumerate(kept, start=1)
                    ],
                )
        return bool(moved)

    def _move(self, job_id: str, before: JobState, after: JobState, **values: object) -> bool:
        with storage_errors(self._engine), self._engine.begin() as connection:
            moved = connection.execute(
                update(jobs)
                .where(jobs.c.id == job_id, jobs.c.state == before.value)
                .values(state=after.value, **values)
            )
        return bool(moved.rowcount)


def catalogue_engine(layout: Layout, settings: Settings) -> Engine:
    """The database that a collection's jobs are kept in; the caller disposes of it.

    Raises:
        CollectionNotFound, CollectionDamaged, CollectionFormatError: as ``Collection.open``.
    """
    return reading_engine(layout, settings, read_manifest(layout.folder).catalogue_id)


def new_job_id() -> str:
    """32 random hex digits."""
    return secrets.token_hex(16)


def _job(row: Row[Any], rejections: tuple[JobRejection, ...] = ()) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        state=JobState(row.state),
        spec=row.spec,
        progress=JobProgress(**row.progress) if row.progress else None,
        summary=row.summary,
        problem=row.problem,
        created_by=row.created_by,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        rejections=rejections,
    )


def _kept(progress: JobProgress) -> dict[str, Any]:
    return {
        "stage": progress.stage,
        "done": progress.done,
        "total": progress.total,
        "unit": progress.unit,
    }


def _forget_old(connection: Connection) -> None:
    ended = [state.value for state in JobState if state.has_ended]
    old = connection.scalars(
        select(jobs.c.id)
        .where(jobs.c.state.in_(ended))
        .order_by(jobs.c.created_at.desc())
        .offset(KEPT)
    ).all()
    if old:
        connection.execute(delete(job_rejections).where(job_rejections.c.job_id.in_(old)))
        connection.execute(delete(jobs).where(jobs.c.id.in_(old)))

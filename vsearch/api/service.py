"""What the endpoints of one process share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, TypeVar, cast

from fastapi import Depends, Request

from vsearch.api.metrics import Metrics
from vsearch.api.problems import Problem
from vsearch.collection import Collection
from vsearch.jobs.jobs import Jobs
from vsearch.service_settings import ServiceSettings
from vsearch.settings import Settings

_T = TypeVar("_T")

#: When a caller who came upon a full queue may ask again, in seconds.
_FULL_RETRY_S = 1

#: When another process may have taken over, in seconds.
_STOPPING_RETRY_S = 5


@dataclass
class Service:
    """A collection, and who works on its queries."""

    collection: Collection
    settings: Settings
    serving: ServiceSettings
    jobs: Jobs
    metrics: Metrics
    queries: ThreadPoolExecutor
    """Answers queries: as many threads as may be worked on or wait at once."""

    changes: ThreadPoolExecutor
    """Writes. It may wait for another writer for seconds, and nobody who reads for it."""

    others: ThreadPoolExecutor
    """Does what is quick or rare, so that neither waits for queries or changes."""

    in_flight: int = 0
    changes_in_flight: int = 0

    async def answer(self, work: Callable[[], _T]) -> _T:
        """Work on a query in a thread.

        Raises:
            Problem: as many are worked on or wait as may.
        """
        self._require_room(self.in_flight, "queries")
        self.in_flight += 1
        self.metrics.waiting.inc()
        try:
            return await _in_thread(self.queries, work)
        finally:
            self.in_flight -= 1
            self.metrics.waiting.dec()

    async def change(self, work: Callable[[], _T]) -> _T:
        """Write something, in a thread.

        Raises:
            Problem: as many changes are made or wait as may.
        """
        self._require_room(self.changes_in_flight, "changes")
        self.changes_in_flight += 1
        try:
            return await _in_thread(self.changes, work)
        finally:
            self.changes_in_flight -= 1

    async def do(self, work: Callable[[], _T]) -> _T:
        """Do something else that would block, in a thread."""
        return await _in_thread(self.others, work)

    def _require_room(self, in_flight: int, what: str) -> None:
        if in_flight >= self.serving.queue:
            self.metrics.refused.labels("queue").inc()
            raise Problem(
                503,
                "overloaded",
                f"Too many {what} at once",
                f"{in_flight} {what} are being worked on or wait; ask again in a moment",
                headers={"Retry-After": str(_FULL_RETRY_S)},
            )


async def _in_thread(pool: ThreadPoolExecutor, work: Callable[[], _T]) -> _T:
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, work)
    except asyncio.CancelledError:
        # Only the server does that, when it has waited long enough for what is open.
        raise Problem(
            503,
            "stopping",
            "The service is stopping",
            "the answer would have come too late; ask again in a moment",
            headers={"Retry-After": str(_STOPPING_RETRY_S)},
        ) from None


def _service(request: Request) -> Service:
    return cast(Service, request.app.state.service)


ServiceDep = Annotated[Service, Depends(_service)]

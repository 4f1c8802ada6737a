"""A service, asked as a collection is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from vsearch.client.answers import reading
from vsearch.client.events import MAX_EVENTS, event_json, selection_parameters
from vsearch.client.feeds import feed_fields, opened_feed
from vsearch.client.jobs import Job, Rejection, read_job, watched
from vsearch.client.products import change_json, read_put
from vsearch.client.reading_client import ReadingClient
from vsearch.client.recommending_client import product_path
from vsearch.errors import FeedError, ProductNotFound, ProductRejected, QueryError
from vsearch.events.event import Event
from vsearch.events.selection import EventSelection
from vsearch.indexing.changes import ProductChange, PutProduct, PutSummary
from vsearch.indexing.options import IndexOptions
from vsearch.indexing.removal import Removal
from vsearch.indexing.summary import IndexSummary
from vsearch.progress import Progress, Silence

#: The service writes together what comes together.
_SENT_AT_ONCE = 8


class Client(ReadingClient):
    """A collection behind a service: the methods, records and errors of ``Collection``.

    Use it as a context manager or ``close`` it. Connections are kept alive and shared; it is
    safe to use from many threads. A service that refuses for the moment (429, 503) is asked
    again after as long as it says. Where pictures come with an answer, ``Hit.image`` and
    ``Product.images`` are their addresses at the service.

    Beside the errors that ``Collection`` raises, each method can raise a ``ServiceError``:
    ``ServiceUnreachable``, ``AccessDenied`` and ``RateLimited`` among them.
    """

    def put(self, changes: Sequence[ProductChange]) -> PutSummary:
        """Add or change products; queries find them when this returns.

        Several are sent at once, each by itself: where one is refused, others may be in.

        Args:
            changes: the products as they are to be, each SKU once. Pictures behind URLs are
                fetched by the service, where it fetches any.

        Raises:
            ProductRejected: a product's field can't be what it is.
            CollectionLocked: somebody else has been writing for some seconds.
        """
        with ThreadPoolExecutor(_SENT_AT_ONCE) as senders:
            done = list(senders.map(self._put, changes))
        return PutSummary(
            tuple(product for product, _ in done),
            max((generation for _, generation in done), default=0),
        )

    def remove(self, skus: Sequence[str]) -> Removal:
        """Remove products; no query finds them any more when this returns.

        Raises:
            CollectionLocked: somebody else has been writing for some seconds.
        """
        wanted = list(dict.fromkeys(skus))
        with ThreadPoolExecutor(_SENT_AT_ONCE) as senders:
            was_there = dict(zip(wanted, senders.map(self._remove, wanted), strict=True))
        return Removal(
            tuple(sku for sku in wanted if was_there[sku]),
            tuple(sku for sku in wanted if not was_there[sku]),
        )

    def add_events(self, events: Iterable[Event]) -> int:
        """Tell what shoppers did; returns how many events weren't stored yet.

        They are sent a thousand at a time; where it fails, the ones before are stored. Those
        that tell their moment are stored once, and may be sent again.
        """
        stored = 0
        waiting = iter(events)
        while batch := [event_json(event) for event in islice(waiting, MAX_EVENTS)]:
            content = self._connection.json(
                "POST",
                "/v1/events",
                repeatable=all("at" in event for event in batch),
                json={"events": batch},
            )
            with reading(self.url):
                stored += int(content["stored"])
        return stored

    def forget_events(self, selection: EventSelection) -> int:
        """Remove events for good; returns how many. It takes a key with the scope ``admin``.

        Args:
            selection: of a user or a session, before a moment; a service takes nothing else.

        Raises:
            QueryError: the selection names nothing, or something else.
        """
        content = self._connection.json(
            "DELETE", "/v1/events", params=selection_parameters(selection)
        )
        with reading(self.url):
            return int(content["removed"])

    def index(
        self,
        feed: str | Path,
        *,
        options: IndexOptions | None = None,
        progress: Progress | None = None,
        on_rejected: Callable[[Rejection], None] | None = None,
    ) -> IndexSummary:
        """Bring the collection up to date with a feed's file, and wait for it.

        The service goes on with it when the caller is interrupted; ``job`` looks again.

        Args:
            feed: a feed's file; its pictures are behind URLs.
            options: format, mapping, encoding, name, prune and refresh; the others concern
                the collection's keeper.
            progress: told of the upload, and of how far the service has come.
            on_rejected: told of the first 1,000 rows and images that were skipped.

        Raises:
            FeedError: the file can't be read, or the job failed or was cancelled.
            SettingsError: an option is none of a service's.
        """
        progress = progress or Silence()
        begun = self.start_index(feed, options=options, progress=progress)
        job = watched(partial(self.job, begun.id), progress)
        if on_rejected is not None:
            for rejection in job.rejections:
                on_rejected(rejection)
        if job.summary is None:
            raise FeedError(f"{feed}: job {job.id}: {job.problem or job.state}")
        return job.summary

    def start_index(
        self,
        feed: str | Path,
        *,
        options: IndexOptions | None = None,
        progress: Progress | None = None,
    ) -> Job:
        """Send a feed's file, and don't wait for what comes of it; as ``index``."""
        path = Path(feed)
        fields = feed_fields(path, options or IndexOptions())
        with opened_feed(path, progress or Silence()) as file:
            files = [("feed", (path.name, file, "application/octet-stream"))]
            content = self._connection.json(
                "POST", "/v1/feeds", repeatable=False, data=fields, files=files
            )
        return read_job(content, self.url)

    def job(self, job_id: str) -> Job:
        """How far a job has come.

        Raises:
            JobNotFound: the service knows none of this id.
        """
        return read_job(self._connection.json("GET", _job_path(job_id)), self.url)

    def jobs(self) -> list[Job]:
        """The service's jobs, the newest first; without what was rejected."""
        content = self._connection.json("GET", "/v1/jobs")
        with reading(self.url):
            return [read_job(job, self.url) for job in content["jobs"]]

    def cancel_job(self, job_id: str) -> Job:
        """End a job; what it has done by then is kept. One that has ended stays as it is.

        Raises:
            JobNotFound: the service knows none of this id.
        """
        return read_job(self._connection.json("DELETE", _job_path(job_id)), self.url)

    def _put(self, change: ProductChange) -> tuple[PutProduct, int]:
        sku = change.product.sku
        try:
            content = self._connection.json("PUT", product_path(sku), json=change_json(change))
        except ProductRejected as rejected:
            raise ProductRejected(sku, rejected.field, rejected.problem) from rejected
        except QueryError as error:
            raise ProductRejected(sku, "product", str(error)) from error
        return read_put(content, self.url)

    def _remove(self, sku: str) -> bool:
        try:
            self._connection.send("DELETE", product_path(sku))
        except ProductNotFound:
            return False
        return True


def _job_path(job_id: str) -> str:
    return f"/v1/jobs/{quote(job_id, safe='')}"

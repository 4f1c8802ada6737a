"""Fetching pictures over HTTP from many threads: retried, bounded, kept by content."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, overload

import httpx
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from vsearch.errors import ImageRejected
from vsearch.images.cache import ContentCache
from vsearch.images.download import AttemptFailed, Downloaded, NotModified, download
from vsearch.images.public_network import PublicNetwork
from vsearch.images.public_transport import PublicTransport
from vsearch.images.session import HttpSession
from vsearch.settings import UrlPolicy

#: A server that asks for more patience than this is asked again after this long.
LONGEST_WAIT_S = 60.0

_FIRST_BACKOFF_S = 0.5
_LONGEST_BACKOFF_S = 10.0


@dataclass(frozen=True, slots=True)
class FetchedImage:
    """A picture that came over the network and is in the cache now."""

    data: bytes
    content_hash: str

    etag: str | None
    """With ``last_modified``: what to give to ``fetch`` to learn whether it has changed."""

    last_modified: str | None


class ImageFetcher:
    """Gets pictures by URL, several at once. A context manager, safe to share between threads."""

    def __init__(
        self,
        cache_folder: Path,
        *,
        max_bytes: int,
        timeout_s: float,
        attempts: int,
        workers: int,
        urls: UrlPolicy = UrlPolicy.ANY,
        network: PublicNetwork | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Prepare to fetch; nothing starts before the ``with`` block.

        Args:
            cache_folder: where pictures are kept; created when the first one comes.
            max_bytes: a larger picture is rejected while it is read.
            timeout_s: how long one attempt may take as a whole, in seconds.
            attempts: how often a picture is asked for before it is given up, ≥ 1.
            workers: how many are asked for at once, over all threads, ≥ 1.
            urls: which addresses are asked.
            network: how ``UrlPolicy.PUBLIC`` connects, where not as usual.
            sleep: waits for a number of seconds between two attempts.
        """
        self._cache = ContentCache(cache_folder)
        self._download = partial(download, max_bytes=max_bytes, timeout_s=timeout_s)
        self._attempts = attempts
        self._workers = workers
        self._urls = urls
        self._network = network
        self._sleep = sleep
        self._backoff = wait_random_exponential(multiplier=_FIRST_BACKOFF_S, max=_LONGEST_BACKOFF_S)
        self._gate = threading.Lock()
        self._session: HttpSession | None = None

    def __enter__(self) -> Self:
        with self._gate:
            self._session = HttpSession(self._workers, self._transport())
        return self

    def _transport(self) -> PublicTransport | None:
        if self._urls is UrlPolicy.ANY:
            return None
        return PublicTransport(self._network or PublicNetwork(), kept_alive=self._workers)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all that is under way, waits included. From any thread, more than once."""
        with self._gate:
            session, self._session = self._session, None
        if session is not None:
            session.close()

    def load_cached(self, content_hash: str) -> bytes | None:
        """Return a picture that was fetched before, by its content hash; None if it is gone.

        Raises:
            StorageError: the cache can't be read.
        """
        return self._cache.load(content_hash)

    @overload
    def fetch(self, url: str) -> FetchedImage: ...

    @overload
    def fetch(
        self, url: str, *, etag: str | None, last_modified: str | None
    ) -> FetchedImage | NotModified: ...

    def fetch(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> FetchedImage | NotModified:
        """Get a picture and keep it in the cache.

        Connection errors, time-outs and the statuses 408, 425, 429 and 5xx are tried again,
        after a random and growing wait or as long as ``Retry-After`` asks, up to
        ``LONGEST_WAIT_S``.

        Args:
            url: http or https; redirects are followed.
            etag: of the picture as it was fetched before.
            last_modified: of the picture as it was fetched before.

        Raises:
            ImageRejected: it can't be had; the reason says why (``404 Not Found``).
            StorageError: the cache can't be written.
            concurrent.futures.CancelledError: the fetcher isn't open, or was closed meanwhile.
        """
        if self._urls is UrlPolicy.NONE:
            raise ImageRejected("pictures are not fetched by their address here; send the file")
        headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        conditions = {name: value for name, value in headers.items() if value is not None}
        with self._gate:
            session = self._session
            if session is None:
                raise CancelledError("the fetcher is not open")
            future = session.submit(lambda: self._retried(session, url, conditions))
        answer = future.result()
        if isinstance(answer, NotModified):
            return answer
        # Hashed and written in the caller's thread, so that other downloads go on meanwhile.
        content = self._cache.store(answer.data)
        return FetchedImage(answer.data, content, answer.etag, answer.last_modified)

    async def _retried(
        self, session: HttpSession, url: str, conditions: dict[str, str]
    ) -> Downloaded | NotModified:
        async def attempt(client: httpx.AsyncClient) -> Downloaded | NotModified:
            return await self._download(client, url, conditions)

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(AttemptFailed),
            stop=stop_after_attempt(self._attempts),
            wait=self._wait_s,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            # A slot is taken for each attempt: while one URL waits, others use it.
            return await retrying(session.with_client, attempt)
        except AttemptFailed as failure:
            tried = f" ({self._attempts} attempts)" if self._attempts > 1 else ""
            raise ImageRejected(f"{failure.reason}{tried}") from failure

    def _wait_s(self, state: RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.retry_after_s if isinstance(failure, AttemptFailed) else None
        return self._backoff(state) if asked is None else min(asked, LONGEST_WAIT_S)

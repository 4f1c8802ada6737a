"""An HTTP client in an event loop of its own, for use from ordinary threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TypeVar

import httpx

from vsearch._version import __version__
from vsearch.images.download import MAX_REDIRECTS

Result = TypeVar("Result")

#: How long ``close`` waits for what it has cancelled; a name look-up can't be cancelled.
_CLOSING_S = 5.0


class HttpSession:
    """Runs coroutines with one pooled client, so many at a time.

    Only a coroutine can be ended at any point (in a look-up, a TLS handshake, a wait), which
    both a limit on the whole of an attempt and a prompt ``close`` need.
    """

    def __init__(self, workers: int, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Start the loop's thread.

        Args:
            workers: so many coroutines run at once, the others queue.
            transport: what requests are sent through; None is httpx's own, which heeds the
                environment's proxies.
        """
        self._client = _client(workers, transport)
        self._slots = asyncio.Semaphore(workers)
        self._ending = asyncio.Event()
        started: Future[asyncio.AbstractEventLoop] = Future()
        # A daemon, so that a session that nobody closes doesn't keep the process alive.
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(started)), name="vsearch-fetch", daemon=True
        )
        self._thread.start()
        self._loop = started.result()

    def submit(self, work: Callable[[], Awaitable[Result]]) -> Future[Result]:
        """Run a coroutine function in the loop; ``close`` cancels the future."""

        async def run() -> Result:
            return await work()

        return asyncio.run_coroutine_threadsafe(run(), self._loop)

    async def with_client(self, work: Callable[[httpx.AsyncClient], Awaitable[Result]]) -> Result:
        """Within the loop: wait for one of the ``workers`` slots and do the work in it."""
        async with self._slots:
            return await work(self._client)

    def close(self) -> None:
        """Cancel what is under way and end the thread. Nothing may be submitted afterwards."""
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(_CLOSING_S)

    async def _serve(self, started: Future[asyncio.AbstractEventLoop]) -> None:
        async with self._client:
            started.set_result(asyncio.get_running_loop())
            await self._ending.wait()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _client(workers: int, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=transport,
        # Neither a proxy, which would do the look-up in our place, nor passwords of a .netrc.
        trust_env=transport is None,
        follow_redirects=True,
        max_redirects=MAX_REDIRECTS,
        timeout=httpx.Timeout(None),  # ``download`` limits an attempt as a whole
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=workers),
        headers={
            "User-Agent": f"vsearch/{__version__}",
            "Accept": "image/*,*/*;q=0.5",
            # Pictures are compressed already, and a bound on bytes means the bytes sent.
            "Accept-Encoding": "identity",
        },
    )

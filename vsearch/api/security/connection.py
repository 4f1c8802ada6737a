"""How long, and how long-winded, a request's head may be: what comes before any middleware."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

_REFUSED = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n"


class BoundedHttpProtocol(HttpToolsProtocol):
    """uvicorn's own protocol, which waits for a head for ever and keeps all of it.

    Somebody who opens thousands of connections and sends a letter now and then, or one and
    sends headers without end, would use up the service's connections or its memory.
    """

    head_timeout_s: ClassVar[float] = 15.0
    """How long a head may take to arrive, in seconds. Longer than a connection is kept open
    without a request, so that it cuts off nobody who waits between two."""

    max_head_bytes: ClassVar[int] = 65_536

    _timer: asyncio.TimerHandle | None = None
    _is_in_head = True
    _heads = 0
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head; uvicorn narrows the type in the same way."""
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Count what comes before a head is whole."""
        was_in_head, before = self._is_in_head, self._heads
        super().data_received(data)
        # Where a head or a body has ended in it, not all of it is the next head's.
        if not (was_in_head and self._is_in_head and self._heads == before):
            return
        self._head_bytes += len(data)
        if self._head_bytes > self.max_head_bytes and not self.transport.is_closing():
            if self._is_idle:
                self.transport.write(_REFUSED)
            self.transport.close()

    def on_headers_complete(self) -> None:
        """A head is whole: from here on the request has its own bounds."""
        self._is_in_head = False
        self._heads += 1
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What comes next is the next request's head, also while this one is worked on."""
        super().on_message_complete()
        self._is_in_head, self._head_bytes = True, 0

    def on_response_complete(self) -> None:
        """Begin to wait for the next head."""
        super().on_response_complete()
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    @property
    def _is_idle(self) -> bool:
        """Whether no request is being worked on."""
        # uvicorn says that there is always one; before the first request there is none.
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _wait_for_head(self) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(self.head_timeout_s, self._give_up)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        if self._is_idle and not self.transport.is_closing():
            self.transport.close()

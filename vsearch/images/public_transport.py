"""httpx over a pool of connections to public addresses: first requests and redirects alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpcore
import httpx

from vsearch.images.public_network import PublicNetwork

_KEEP_ALIVE_S = 5.0

#: What the pool raises, and what httpx calls it; the narrower stand before the wider.
_NAMES: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.TimeoutException, httpx.ReadTimeout),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.WriteError, httpx.WriteError),
    (httpcore.NetworkError, httpx.ReadError),
    (httpcore.UnsupportedProtocol, httpx.UnsupportedProtocol),
    (httpcore.LocalProtocolError, httpx.LocalProtocolError),
    (httpcore.ProtocolError, httpx.RemoteProtocolError),
)


class PublicTransport(httpx.AsyncBaseTransport):
    """What an ``httpx.AsyncClient`` sends its requests through; it asks no proxy."""

    def __init__(self, network: PublicNetwork, *, kept_alive: int) -> None:
        """Prepare the pool; ``kept_alive`` idle connections at most stay open."""
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=None,
            max_keepalive_connections=kept_alive,
            keepalive_expiry=_KEEP_ALIVE_S,
            network_backend=network,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; a redirect is a further one, and checked like the first."""
        url = request.url
        with _named_by_httpx():
            answer = await self._pool.handle_async_request(
                httpcore.Request(
                    request.method,
                    httpcore.URL(
                        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _named_by_httpx():
            async for chunk in self._answer.aiter_stream():
                yield chunk

    async def aclose(self) -> None:
        await self._answer.aclose()


@contextmanager
def _named_by_httpx() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        for theirs, ours in _NAMES:
            if isinstance(error, theirs):
                raise ours(str(error)) from error
        raise

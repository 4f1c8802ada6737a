"""Connecting to hosts of the Internet only, never to one of the network the program runs in.

A name is looked up once, and the very address that was checked is connected to: a name that
leads elsewhere the next time changes nothing. TLS still verifies the host's name.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address

import httpcore

from vsearch.errors import ImageRejected
from vsearch.images.public_address import Address, is_public

#: The same for a name that doesn't exist and one that leads inside: who asks for addresses must
#: not learn which names the inner network knows.
NO_PUBLIC_ADDRESS = "its host has no public address"

PORTS = frozenset({80, 443})

#: So that an address that swallows everything leaves time for the host's next one.
_CONNECT_S = 5.0

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]


async def resolve(host: str, port: int) -> Sequence[Address]:
    """The addresses of a host in the order to try them; none where its name leads nowhere.

    Numbers in any spelling the system knows (``0x7f.1``, ``2130706433``) are addresses too.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    # A number after the address names one interface (fe80::1): a link-local one, by scope.
    return list(dict.fromkeys(ip_address(address[0]) for *_, address in found))


class PublicNetwork(httpcore.AsyncNetworkBackend):
    """Opens TCP connections for a pool, to public addresses and the ports of the web."""

    def __init__(
        self,
        *,
        resolve: Resolve = resolve,
        permits: Callable[[Address], bool] = is_public,
        ports: frozenset[int] = PORTS,
    ) -> None:
        """Replace nothing outside of tests: the defaults are what makes it safe.

        Args:
            resolve: from a host's name and port to its addresses.
            permits: which addresses are connected to.
            ports: which ports are.
        """
        self._resolve = resolve
        self._permits = permits
        self._ports = ports
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first permitted address that answers.

        Raises:
            ImageRejected: the port isn't the web's, or no address of the host is public.
            httpcore.ConnectError: none of the permitted addresses answers.
        """
        if port not in self._ports:
            raise ImageRejected(f"port {port} is not the web's; only 80 and 443 are asked")
        permitted = [found for found in await self._resolve(host, port) if self._permits(found)]
        if not permitted:
            raise ImageRejected(NO_PUBLIC_ADDRESS)
        failure: Exception | None = None
        for address in permitted:
            try:
                return await self._inner.connect_tcp(
                    str(address), port, _CONNECT_S, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        assert failure is not None
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Wait, as the pool asks."""
        await self._inner.sleep(seconds)

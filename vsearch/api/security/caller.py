"""Who makes a request."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address

from starlette.requests import HTTPConnection

from vsearch.access.scope import Scope

#: What one customer of a provider gets, and can take any number of addresses from.
_CUSTOMER_BITS = 64


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a key, or anybody without."""

    key_id: str | None
    """None for an anonymous caller."""

    scopes: frozenset[Scope]
    """What may be asked for."""

    per_minute: int | None = None
    """The key's own bound on requests a minute; None where it has none."""


def whence(request: HTTPConnection) -> str:
    """Where an anonymous caller is counted: an IPv4 address, or the first half of an IPv6 one.

    What a proxy says of the address counts only where the server trusts the proxy: by then it
    has replaced the connection's own.
    """
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, _CUSTOMER_BITS), strict=False))

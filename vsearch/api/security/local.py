"""Whether a request was made on this very machine, by a program or a page of its own."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

# A proxy on this machine connects from it, too; the caller behind it is somebody else.
_SIGNS_OF_A_PROXY = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is only to be had from this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def is_local(request: HTTPConnection) -> bool:
    """Whether the caller is on this machine, and no page from elsewhere speaks through them.

    A browser lets any page of the web send requests to ``localhost``: those of another origin
    say so in ``Origin``, and those whose host name was pointed here have it in ``Host``.
    """
    headers = request.headers
    if request.client is None or not is_loopback(request.client.host):
        return False
    if any(sign in headers for sign in _SIGNS_OF_A_PROXY):
        return False
    host = headers.get("host", "")
    if not is_loopback(urlsplit(f"//{host}").hostname or ""):
        return False
    return headers.get("origin", f"http://{host}") in (f"http://{host}", f"https://{host}")

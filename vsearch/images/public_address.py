"""Which addresses anybody may reach, and which lead into the network a program runs in."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

# Written out, because what ``is_global`` says has changed between patch releases of Python.
# https://www.iana.org/assignments/iana-ipv4-special-registry
_INSIDE_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a provider's customers
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # public by its number, but Azure's virtual machines see their host
        "169.254.0.0/16",  # link-local, and where clouds keep their credentials
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)

#: The only part of IPv6 that is given to hosts of the Internet so far.
_OUTSIDE_6 = IPv6Network("2000::/3")
_INSIDE_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments; Teredo, which carries an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries an IPv4 address
        "3fff::/20",  # documentation
    )
)

#: How networks without IPv4 write the IPv4 address of a host outside.
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether an address belongs to the Internet at large, whatever form it is written in.

    An IPv4 address inside of an IPv6 one (``::ffff:10.0.0.1``, ``64:ff9b::10.0.0.1``) is judged
    as itself; the retired tunnels 6to4 and Teredo are not public.

    >>> is_public(IPv4Address("8.8.8.8")), is_public(IPv6Address("::ffff:127.0.0.1"))
    (True, False)
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _INSIDE_4)
    if address.scope_id is not None:  # fe80::1%eth0: of one interface
        return False
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(IPv4Address(address.packed[-4:]))
    return address in _OUTSIDE_6 and not any(address in network for network in _INSIDE_6)

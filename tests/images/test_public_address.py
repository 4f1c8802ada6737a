"""Which addresses are the Internet's, judged by the registries' own examples."""

from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsearch.images.public_address import is_public

PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "192.0.1.1"]
INSIDE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "100.100.100.200",  # metadata of Alibaba's cloud
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",  # metadata of most clouds
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",  # metadata of Oracle's cloud
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
]


@pytest.mark.parametrize("address", [*PUBLIC, "2606:4700::1111", "2a00:1450:4001:81b::200e"])
def test_the_internet(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *INSIDE,
        "::",
        "::1",
        "::127.0.0.1",  # IPv4-compatible, retired
        "64:ff9b:1::1",  # NAT64 of one network
        "100::1",  # discard
        "2001::1",  # Teredo
        "2001:db8::1",
        "2001:10::1",
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "2002:808:808::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",  # metadata of Amazon's cloud
        "fe80::1",
        "fe80::1%lo",
        "2606:4700::1111%lo",
        "fec0::1",
        "ff02::1",
        "4000::1",  # not given to anybody
    ],
)
def test_inside(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("form", ["::ffff:{}", "64:ff9b::{}"])
@pytest.mark.parametrize("address", [*PUBLIC, *INSIDE])
def test_an_ipv4_address_in_other_clothes_is_judged_as_itself(form, address):
    assert is_public(ip_address(form.format(address))) is (address in PUBLIC)


@given(st.integers(0, 2**32 - 1))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_what_python_calls_private_or_multicast_is_never_public(number):
    address = IPv4Address(number)
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert not is_public(address)

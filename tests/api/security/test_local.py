"""Without keys a service answers its own machine, and nobody who only comes through it."""

from __future__ import annotations

import pytest

from vsearch.access.scope import Scope
from vsearch.api.security.binding import may_bind
from vsearch.api.security.local import is_loopback
from vsearch.errors import SettingsError
from vsearch.service_settings import Anonymous


def status(client, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/v1/admin", headers=named).status_code


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine(application, address):
    assert status(application((address, 1))) == 200


@pytest.mark.parametrize("address", ["9.9.9.9", "10.0.0.1", "2606:4700::1", "unix"])
def test_another_one(application, address):
    assert status(application((address, 1))) == 401


@pytest.mark.parametrize(
    "header", ["Forwarded", "X_Forwarded_For", "X_Real_IP", "Via", "X_Forwarded_Host"]
)
def test_a_proxy_on_this_machine_speaks_for_somebody_else(application, header):
    assert status(application(), **{header: "127.0.0.1"}) == 401


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost:8000", 200),
        ("vsearch.localhost", 200),
        ("[::1]:8000", 200),
        ("127.0.0.1", 200),
        ("evil.example", 401),  # a name of the web that was pointed here
        ("localhost.evil.example", 401),
        ("127.0.0.1.evil.example", 401),
        ("evil.example:127", 401),
        ("", 401),
    ],
)
def test_the_name_that_the_service_was_called_by(application, host, expected):
    assert status(application(), Host=host) == expected


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("http://127.0.0.1:8000", 200),
        ("http://127.0.0.1:9000", 401),  # another service of this machine
        ("https://evil.example", 401),
        ("null", 401),
    ],
)
def test_a_page_of_the_web_in_a_browser_on_this_machine(application, origin, expected):
    assert status(application(), Origin=origin) == expected


def test_once_there_is_a_key_it_is_needed_even_after_it_was_revoked(application, store):
    client = application()
    assert status(client) == 200
    _, key = store.create("shop", Scope.READ)
    assert status(client) == 401
    store.revoke(key.id)
    assert status(client) == 401


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.255.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("192.168.1.1", False),
        ("shop.example", False),
    ],
)
def test_where_it_may_listen(host, expected):
    assert is_loopback(host) is expected
    for anonymous in Anonymous:
        may_bind(host, has_keys=True, anonymous=anonymous)
        if expected or anonymous in (Anonymous.READ, Anonymous.ALL):
            may_bind(host, has_keys=False, anonymous=anonymous)
        else:
            with pytest.raises(SettingsError, match=r"vsearch keys create .*--anonymous read"):
                may_bind(host, has_keys=False, anonymous=anonymous)

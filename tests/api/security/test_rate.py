"""So many requests a minute: of a key, or of an address without one."""

from __future__ import annotations

import pytest
from starlette.requests import HTTPConnection

from vsearch.access.key import make_key
from vsearch.access.scope import Scope
from vsearch.api.security.caller import whence


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def statuses(client, times: int, headers: dict[str, str] | None = None) -> list[int]:
    return [client.get("/v1/read", headers=headers).status_code for _ in range(times)]


def test_one_too_many(application):
    client = application(per_minute=3)
    assert statuses(client, 4) == [200, 200, 200, 429]
    refused = client.get("/v1/read")
    assert refused.json()["type"] == "/problems/too-many-requests"
    assert refused.headers["content-type"] == "application/problem+json"
    wait = int(refused.headers["retry-after"])
    assert 1 <= wait <= 60
    assert refused.headers["ratelimit"] == f'"default";r=0;t={wait}'
    assert refused.headers["ratelimit-policy"] == '"default";q=3;w=60'


def test_what_is_left_stands_in_every_answer(application):
    client = application(per_minute=3)
    left = [client.get("/v1/read").headers["ratelimit"] for _ in range(3)]
    assert [text.split(";")[1] for text in left] == ["r=2", "r=1", "r=0"]


def test_keys_and_addresses_are_counted_apart(application, store):
    keys = [store.create("shop", Scope.READ)[1].text for _ in range(2)]
    here = application(("9.9.9.9", 1), per_minute=2, anonymous="read")
    assert statuses(here, 3) == [200, 200, 429]
    assert statuses(here, 3, bearer(keys[0])) == [200, 200, 429]
    assert statuses(here, 3, bearer(keys[1])) == [200, 200, 429]


def test_a_key_has_its_own_limit(application, store):
    few, many = (store.create("x", Scope.READ, per_minute=n)[1].text for n in (1, 4))
    client = application(per_minute=2)
    assert statuses(client, 2, bearer(few)) == [200, 429]
    assert statuses(client, 5, bearer(many)) == [200, 200, 200, 200, 429]


def test_no_limit(application):
    client = application(per_minute=0)
    assert set(statuses(client, 30)) == {200}
    assert "ratelimit" not in client.get("/v1/read").headers


def test_trying_keys_is_counted(application):
    client = application(per_minute=2)
    tried = [statuses(client, 1, bearer(make_key().text))[0] for _ in range(4)]
    assert tried == [401, 401, 429, 429]
    # Whoever shares the address and doesn't guess is not shut out by it.
    assert statuses(client, 1) == [200]


def test_what_is_refused_for_its_scope_is_counted_too(application):
    client = application(("9.9.9.9", 1), per_minute=2, anonymous="none")
    assert statuses(client, 3) == [401, 401, 429]


def test_pictures_are_not_counted(application):
    client = application(per_minute=1)
    assert {client.get("/v1/look").status_code for _ in range(5)} == {200}
    assert statuses(client, 2) == [200, 429]


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("9.9.9.9", "9.9.9.9"),
        ("::ffff:9.9.9.9", "9.9.9.9"),
        ("2606:4700:1:2:3:4:5:6", "2606:4700:1:2::/64"),
        ("2606:4700:1:2::1", "2606:4700:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_whence(address, counted_as):
    assert whence(HTTPConnection({"type": "http", "client": (address, 1)})) == counted_as


def test_nobody_says_whence():
    assert whence(HTTPConnection({"type": "http"})) == ""

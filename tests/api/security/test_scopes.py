"""Which key opens which door, and what somebody without one is told."""

from __future__ import annotations

import pytest

from vsearch.access.scope import Scope
from vsearch.api.problems import MEDIA_TYPE

UNKNOWN = f"vs_0123456789abcdef_{'x' * 43}"
DOORS = ("read", "write", "admin")


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


@pytest.mark.parametrize("scope", list(Scope))
def test_a_key_opens_the_doors_of_its_scope(application, store, scope):
    _, key = store.create("shop", scope)
    client = application(anonymous="none")
    for door in DOORS:
        answer = client.get(f"/v1/{door}", headers=bearer(key.text))
        assert answer.status_code == (200 if door in scope.included else 403), door
        if answer.status_code == 200:
            assert answer.json() == {"key": key.id, "scopes": sorted(scope.included)}
        else:
            assert answer.json()["type"] == "/problems/scope"
            assert answer.json()["detail"] == f"key {key.id} lacks the scope {door}"
            assert f'scope="{door}"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("anonymous", "opened"), [("none", ()), ("read", ("read",)), ("all", DOORS)]
)
@pytest.mark.parametrize("client", [("127.0.0.1", 1), ("9.9.9.9", 1)])
def test_without_a_key(application, anonymous, opened, client):
    caller = application(client, anonymous=anonymous)
    for door in DOORS:
        answer = caller.get(f"/v1/{door}")
        assert answer.status_code == (200 if door in opened else 401), door
        if answer.status_code == 401:
            assert answer.headers["www-authenticate"] == 'Bearer realm="vsearch"'
            assert answer.headers["content-type"] == MEDIA_TYPE
            assert "vsearch keys create" in answer.json()["detail"]


def test_a_key_is_worth_no_less_than_none(application, store):
    # Otherwise a shop that gives its backend a reading key would wonder.
    _, key = store.create("shop", Scope.READ)
    client = application(anonymous="all")
    assert client.get("/v1/write").status_code == 200
    assert client.get("/v1/write", headers=bearer(key.text)).status_code == 403


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        f"Bearer {UNKNOWN}",
        f"Basic {UNKNOWN}",
        UNKNOWN,
        f"Bearer {UNKNOWN * 99}",
        f"Bearer {UNKNOWN}, Bearer {UNKNOWN}",
    ],
)
def test_a_key_that_is_none_is_refused_even_where_none_is_needed(application, store, header):
    answer = application(anonymous="all").get("/v1/read", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json()["type"] == "/problems/bad-key"
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert UNKNOWN not in answer.text


def test_a_revoked_key(application, store):
    _, key = store.create("shop", Scope.ADMIN)
    client = application(anonymous="none")
    assert client.get("/v1/admin", headers=bearer(key.text)).status_code == 200
    store.revoke(key.id)
    assert client.get("/v1/admin", headers=bearer(key.text)).status_code == 401


def test_unknown_revoked_and_wrong_keys_are_told_the_same(application, store):
    _, key = store.create("shop", Scope.ADMIN)
    store.revoke(key.id)
    client = application(anonymous="none")
    texts = {
        client.get("/v1/read", headers=bearer(text)).text
        for text in (key.text, UNKNOWN, key.text[:-1] + "A", "nonsense")
    }
    assert len(texts) == 1


def test_openapi_says_what_a_door_needs(application):
    described = application().get("/openapi.json").json()
    scheme = described["components"]["securitySchemes"]["key"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert described["paths"]["/v1/write"]["get"]["security"] == [{"key": []}]
    assert "security" not in described["paths"]["/v1/length"]["post"]

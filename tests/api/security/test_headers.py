"""What browsers are told, and which pages of elsewhere may call."""

from __future__ import annotations

import pytest

from vsearch.errors import SettingsError

SHOP = "https://shop.example"


def policy(answer) -> dict[str, str]:
    parts = (
        part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";")
    )
    return {name: value for name, _, value in parts}


@pytest.mark.parametrize("path", ["/", "/v1/read", "/nothing", "/openapi.json"])
def test_every_answer_is_careful(application, path):
    answer = application().get(path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert policy(answer)["frame-ancestors"] == "'none'"
    assert policy(answer)["default-src"] == "'none'"


def test_the_page_runs_only_its_own_files(application):
    found = policy(application().get("/"))
    assert found["script-src"] == "'self'"
    assert found["style-src"] == "'self'"
    assert found["base-uri"] == "'none'"
    assert not any("unsafe" in value or "*" in value for value in found.values())


def test_answers_are_not_kept_by_caches(application):
    assert application().get("/v1/read").headers["cache-control"] == "no-store"
    assert "cache-control" not in application().get("/").headers


def preflight(client, origin: str):
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return client.options("/v1/read", headers=headers)


def test_an_origin_that_is_allowed(application):
    client = application(cors_origins=(SHOP,), anonymous="all")
    allowed = preflight(client, SHOP)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == SHOP
    assert "access-control-allow-credentials" not in allowed.headers
    answer = client.get("/v1/read", headers={"Origin": SHOP})
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert "Retry-After" in answer.headers["access-control-expose-headers"]
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://shop.example", "https://shop.example.evil.example", "null"],
)
def test_an_origin_that_is_not(application, origin):
    client = application(cors_origins=(SHOP,), anonymous="all")
    assert preflight(client, origin).status_code == 400
    for answer in (preflight(client, origin), client.get("/v1/read", headers={"Origin": origin})):
        assert "access-control-allow-origin" not in answer.headers


def test_a_page_of_elsewhere_sees_why_it_is_refused(application):
    client = application(cors_origins=(SHOP,), anonymous="none", max_upload_mib=0.001)
    refused = client.get("/v1/read", headers={"Origin": SHOP})
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == SHOP
    large = client.post("/v1/length", content=bytes(5000), headers={"Origin": SHOP})
    assert large.status_code == 413
    assert large.headers["access-control-allow-origin"] == SHOP


@pytest.mark.parametrize(
    "text",
    ["*", "shop.example", "https://*.shop.example", "https://shop.example/path", "null", "ftp://a"],
)
def test_what_is_no_origin(application, text):
    with pytest.raises(SettingsError, match="VSEARCH_SERVE_CORS_ORIGINS"):
        application(cors_origins=(text,))


def test_the_host_is_checked_where_that_is_asked(application):
    client = application(hosts=("127.0.0.1", "*.shop.example"))
    assert client.get("/", headers={"Host": "search.shop.example"}).status_code == 200
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400

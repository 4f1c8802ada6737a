"""Texts that a database refuses to hear of are refused before it hears of them."""

from __future__ import annotations

import httpx
import pytest

FEED = b"sku,title\nA,An apple\n"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/products/a%00", None),
        ("PUT", "/v1/products/a%00", {"title": "An apple"}),
        ("DELETE", "/v1/products/a%00", None),
        ("POST", "/v1/query", {"sku": "a\0"}),
        ("POST", "/v1/query", {"like": ["a\0"]}),
    ],
)
def test_a_sku_holds_no_nul(http: httpx.Client, method: str, path: str, body: object) -> None:
    answer = http.request(method, path, json=body)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/bad-request"


@pytest.mark.parametrize("field", ["name", "map", "encoding"])
def test_a_feed_is_known_by_what_can_be_stored(http: httpx.Client, field: str) -> None:
    fields = {field: "title\0=title"}
    answer = http.post("/v1/feeds", files={"feed": ("a.csv", FEED)}, data=fields)
    assert answer.status_code == 422


def test_the_name_of_a_file_is_made_printable(http: httpx.Client) -> None:
    job = http.post("/v1/feeds", files={"feed": ("b\x7fa.csv", FEED)}, data={"name": "fruit"})
    assert job.status_code == 202
    http.delete(job.headers["Location"])

"""Queries over real HTTP: three ways to send one, and what is told when one can't be answered."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from vsearch import Collection

CATALOG = Path(__file__).parents[2] / "catalog"
PHOTO = (CATALOG / "queries" / "electric-guitar-1f3b8.png").read_bytes()
GUITAR = "MUS-STR-001"


def skus(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [hit["sku"] for hit in answer.json()["hits"]]


def as_raw(http: httpx.Client, **fields: Any) -> httpx.Response:
    return http.post(
        "/v1/query", content=PHOTO, headers={"Content-Type": "image/png"}, params=fields
    )


def as_form(http: httpx.Client, **fields: Any) -> httpx.Response:
    return http.post("/v1/query", files={"image": ("a.png", PHOTO, "image/png")}, data=fields)


def as_form_with_json(http: httpx.Client, **fields: Any) -> httpx.Response:
    return http.post(
        "/v1/query",
        files={
            "image": ("a.png", PHOTO, "image/png"),
            "query": (None, json.dumps(fields), "application/json"),
        },
    )


def as_json(http: httpx.Client, **fields: Any) -> httpx.Response:
    data = base64.b64encode(PHOTO).decode()
    return http.post("/v1/query", json={"image": {"data": data}, **fields})


FORMS = [as_raw, as_form, as_form_with_json, as_json]


@pytest.fixture(scope="module")
def local(sample_collection: Path) -> Any:
    with Collection.open(sample_collection) as opened:
        yield opened


@pytest.mark.parametrize("ask", FORMS)
def test_a_photo_finds_what_the_collection_itself_finds(
    http: httpx.Client, local: Collection, ask: Any
) -> None:
    answer = ask(http, k=7, where="price < 500", facets=["brand"])
    wanted = [hit for hit in local.query(image=PHOTO, k=50) if (hit.price or 999) < 500][:7]
    assert skus(answer) == [hit.sku for hit in wanted]
    assert wanted[0].sku == GUITAR
    for told, hit in zip(answer.json()["hits"], wanted, strict=True):
        assert told["score"] == pytest.approx(hit.score, abs=0.01)
        assert told["image"]["content_hash"] == hit.content_hash
        assert told["title"] == hit.title
    assert answer.json()["facets"]["brand"]


@pytest.mark.parametrize("ask", FORMS)
def test_the_part_that_is_meant_can_be_given(
    http: httpx.Client, local: Collection, ask: Any
) -> None:
    from vsearch import Box, Query

    box = [0.0, 0.5, 0.5, 0.5]
    given: Any = ",".join(map(str, box)) if ask in (as_raw, as_form) else box
    wanted = local.search(Query(image=PHOTO, box=Box(*box), k=5)).hits
    assert skus(ask(http, k=5, box=given))[:3] == [hit.sku for hit in wanted][:3]


def test_a_product_asks_for_what_looks_like_it(http: httpx.Client, local: Collection) -> None:
    wanted = [hit.sku for hit in local.query(sku=GUITAR, k=5)]
    assert skus(http.post("/v1/query", json={"sku": GUITAR, "k": 5})) == wanted
    assert skus(http.get(f"/v1/products/{GUITAR}/similar", params={"k": 5})) == wanted


def test_more_like_this_and_less_like_that(http: httpx.Client) -> None:
    plain = skus(as_json(http, k=20))
    less = skus(as_json(http, k=20, unlike=[plain[1]]))
    assert plain[1] not in less
    more = skus(as_json(http, k=20, like=[{"sku": plain[2], "weight": 2}]))
    assert plain[2] not in more
    assert more != plain


def test_pages_fit_together(http: httpx.Client) -> None:
    whole = skus(as_raw(http, k=20))
    assert skus(as_raw(http, k=10)) + skus(as_raw(http, k=10, offset=10)) == whole


def test_words_alone_find_products(http: httpx.Client) -> None:
    found = http.post("/v1/query", json={"words": "electric guitar", "k": 3})
    assert skus(found)[0] == GUITAR


def test_hits_are_explained_on_request(http: httpx.Client) -> None:
    hits = as_json(http, k=3, explain=1).json()["hits"]
    assert [bool(hit["explanation"]) for hit in hits] == [True, False, False]
    head, _, data = hits[0]["explanation"].partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(data).startswith(b"\x89PNG")


def test_an_explanation_is_a_picture(http: httpx.Client) -> None:
    answer = http.post(
        "/v1/explain",
        content=PHOTO,
        headers={"Content-Type": "image/png"},
        params={"explained": GUITAR},
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")


def test_scenes_are_taken_apart(http: httpx.Client) -> None:
    answer = as_raw(http, regions=2, k=2).json()
    assert answer["regions"]
    assert all(len(region["box"]) == 4 and region["hits"] for region in answer["regions"])


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({}, 400, "nothing to look for"),
    ({"sku": "NO-SUCH"}, 404, 'no product has the SKU "NO-SUCH"'),
    ({"sku": GUITAR, "k": 0}, 422, "k"),
    ({"sku": GUITAR, "k": "many"}, 422, "k"),
    ({"sku": GUITAR, "colour": "red"}, 422, "colour"),
    ({"sku": GUITAR, "box": [0, 0, 1, 1]}, 400, "a box is a part of an image"),
    ({"image": {"data": "!"}}, 422, "not base64"),
    ({"image": {"data": base64.b64encode(b"no picture").decode()}}, 422, "image"),
    ({"image": {"url": "http://127.0.0.1/a.png"}}, 422, ""),
    ({"image": {"url": "file:///etc/passwd"}}, 422, "http"),
    ({"image": {}}, 422, "exactly one"),
    ({"text": "a guitar"}, 400, "reads no texts"),
    ({"unlike": [GUITAR]}, 400, "nothing to look for"),
    ({"sku": GUITAR, "boosts": ["lots"]}, 400, "boost"),
]


@pytest.mark.parametrize(("body", "status", "told"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_cannot_be_answered_is_told_as_problem_details(
    http: httpx.Client, body: dict[str, Any], status: int, told: str
) -> None:
    answer = http.post("/v1/query", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"].startswith("/problems/")
    assert problem["instance"] == answer.headers["x-request-id"]
    assert told in problem["detail"]
    assert str(CATALOG.parent) not in answer.text


def test_a_filter_that_cannot_be_read_says_where(http: httpx.Client) -> None:
    answer = http.post("/v1/query", json={"sku": GUITAR, "where": "price << 3"})
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/bad-filter"
    assert answer.json()["position"] == 7


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", b"hello", 415),
        ("image/png", b"", 422),
        ("image/png", b"hello", 422),
        ("application/json", b"{", 422),
        ("application/json", b"[]", 422),
        ("application/json", b"", 422),
        ("multipart/form-data", b"", 400),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n", 400),
    ],
)
def test_bodies_that_are_no_query_are_refused(
    http: httpx.Client, kind: str, body: bytes, status: int
) -> None:
    answer = http.post("/v1/query", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_request_keeps_the_id_that_it_came_with(http: httpx.Client) -> None:
    answer = http.get("/healthz", headers={"X-Request-ID": "shop-42"})
    assert answer.headers["x-request-id"] == "shop-42"
    other = http.get("/healthz", headers={"X-Request-ID": "a b\tc" * 40})
    assert other.headers["x-request-id"] not in ("", "a b\tc" * 40)


def test_what_is_served_is_told(http: httpx.Client) -> None:
    told = http.get("/v1/collection").json()
    assert told["products"] == 229
    assert told["has_confidence"] is True
    assert "category" in told["facets"]
    assert told["limits"]["max_upload_bytes"] > 0


def test_figures_count_what_was_asked(http: httpx.Client) -> None:
    def counted() -> float:
        lines = http.get("/metrics").text.splitlines()
        wanted = 'vsearch_requests_total{method="POST",route="/v1/query",status="200"} '
        return sum(float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted))

    before = counted()
    as_raw(http)
    # A request is counted once its answer has gone out.
    end = time.monotonic() + 10
    while (now := counted()) == before:
        assert time.monotonic() < end
    assert now == before + 1


def test_one_query_brings_a_few_pictures_at_most(http: httpx.Client) -> None:
    def asked(count: int) -> httpx.Response:
        photo = {"image": {"data": base64.b64encode(PHOTO).decode()}}
        return http.post("/v1/query", json={"like": [photo] * (count - 1), "unlike": [photo]})

    assert asked(8).status_code == 200
    assert asked(9).status_code == 400
    assert "8 at most" in asked(9).json()["detail"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"image": "a.png"}, "image: an object is expected"),
        ({"sku": GUITAR, "colour": "red"}, "colour: there is no such field"),
    ],
    ids=str,
)
def test_faults_are_told_without_words_of_the_programs(
    http: httpx.Client, body: dict[str, Any], told: str
) -> None:
    assert http.post("/v1/query", json=body).json()["detail"] == told

"""Feeds as jobs, and events, over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from vsearch import Collection, Settings

_PATIENCE_S = 90


@pytest.fixture(scope="module")
def own(copy_sample: Callable[[], Path], serve: Any) -> Iterator[Any]:
    folder = copy_sample()
    with serve(folder) as live:
        yield live


@pytest.fixture
def http(own: Any) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=own.url, timeout=30) as client:
        yield client


def ended(http: httpx.Client, address: str) -> dict[str, Any]:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        job: dict[str, Any] = http.get(address).json()
        if job["state"] not in ("queued", "running"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"still {job['state']}: {job['progress']}")


def test_a_feed_is_read_as_a_job(http: httpx.Client) -> None:
    feed = b"art,title,price\nJOB-1,Chair,10 EUR\nJOB-2,Table,20 EUR\nJOB-3,Bad,a lot\n"
    answer = http.post(
        "/v1/feeds",
        files={"feed": ("C:\\shop\\../chairs.csv", feed, "text/csv")},
        data={"map": "art=sku", "name": "chairs"},
    )
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/jobs/{answer.json()['id']}"
    job = ended(http, answer.headers["location"])
    assert job["state"] == "done", job
    assert job["summary"]["products"]["added"] == 2
    assert [(one["where"], one["field"]) for one in job["rejections"]] == [("row 4", "price")]
    assert http.get("/v1/products/JOB-1").json()["title"] == "Chair"
    assert job["id"] in [one["id"] for one in http.get("/v1/jobs").json()["jobs"]]
    # What has ended stays as it is.
    assert http.delete(answer.headers["location"]).json()["state"] == "done"


def test_a_feed_that_cannot_be_read_fails_with_the_reason(http: httpx.Client, own: Any) -> None:
    answer = http.post("/v1/feeds", files={"feed": ("a.csv", b"colour\nred\n", "text/csv")})
    assert answer.status_code == 202, answer.text
    job = ended(http, answer.headers["location"])
    assert job["state"] == "failed"
    assert "sku" in job["problem"]
    assert str(own.folder) not in job["problem"]


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"format": "xls"}, "format"),
        ({"map": "nothing"}, "COLUMN=FIELD"),
        ({"prune": "perhaps"}, "prune"),
        ({"colour": "red"}, "colour"),
        ({"name": "api"}, "api"),
    ],
    ids=str,
)
def test_options_that_cannot_be_are_refused_at_once(
    http: httpx.Client, fields: dict[str, str], where: str
) -> None:
    answer = http.post("/v1/feeds", files={"feed": ("a.csv", b"sku\nA\n", "text/csv")}, data=fields)
    assert answer.status_code == 422, answer.text
    assert where in answer.json()["detail"]


def test_a_feed_has_to_be_a_file(http: httpx.Client) -> None:
    assert http.post("/v1/feeds", data={"feed": "sku\nA\n"}).status_code == 415
    form = {"feed": (None, b"sku\nA\n")}
    assert http.post("/v1/feeds", files=form).status_code == 422


def test_no_job_has_an_unknown_id(http: httpx.Client) -> None:
    assert http.get(f"/v1/jobs/{'0' * 32}").status_code == 404
    assert http.delete(f"/v1/jobs/{'0' * 32}").status_code == 404
    assert http.get("/v1/jobs/..").status_code == 404
    assert http.get("/v1/jobs/x").status_code == 422


def test_events_are_kept(http: httpx.Client, own: Any) -> None:
    moment = datetime(2026, 11, 1, 12, tzinfo=UTC)
    events = [
        {"kind": "view", "sku": "MUS-STR-001", "session_id": "s", "at": moment.isoformat()},
        {"kind": "purchase", "sku": "GONE", "user_id": "u", "quantity": 2, "query_id": "q"},
    ]
    answer = http.post("/v1/events", json={"events": events})
    assert (answer.status_code, answer.json()) == (202, {"stored": 2})
    with Collection.open(own.folder, settings=Settings(device="cpu")) as opened:
        (kept,) = opened.events.read()
    assert (kept.kinds, kept.skus) == (("view", "purchase"), ("MUS-STR-001", "GONE"))
    assert kept.at[0].astype(datetime) == moment.replace(tzinfo=None)


def test_an_event_with_a_moment_is_kept_once(http: httpx.Client) -> None:
    told = {"kind": "view", "sku": "A", "user_id": "twice", "at": "2026-11-01T12:00:00Z"}
    later = told | {"at": "2026-11-01T12:00:00.5Z"}
    answers = [http.post("/v1/events", json={"events": [told, later, told]}) for _ in range(2)]
    assert [answer.json() for answer in answers] == [{"stored": 2}, {"stored": 0}]


def test_a_shopper_is_forgotten(http: httpx.Client, own: Any) -> None:
    told = [
        {"kind": "view", "sku": "A", "at": f"2020-01-0{day}T00:00:00Z", "user_id": user}
        for day in (1, 2)
        for user in ("goes", "stays")
    ]
    told.append({"kind": "view", "sku": "A", "session_id": "goes too"})
    http.post("/v1/events", json={"events": told})

    def forgotten(**which: str) -> int:
        answer = http.delete("/v1/events", params=which)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["removed"])

    assert [forgotten(user_id="goes"), forgotten(user_id="goes")] == [2, 0]
    assert forgotten(session_id="goes too") == 1
    assert forgotten(user_id="stays", before="2020-01-02T00:00:00Z") == 1
    with Collection.open(own.folder, settings=Settings(device="cpu")) as opened:
        assert len(opened.events.of_user("stays")) == 1
    nothing = http.delete("/v1/events")
    assert (nothing.status_code, nothing.json()["type"]) == (422, "/problems/bad-event")
    for wrong in ({"user_id": ""}, {"before": "2020-01-02"}, {"before": "5"}):
        assert http.delete("/v1/events", params=wrong).status_code == 422


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "theft", "sku": "A"},
        {"kind": "view"},
        {"kind": "view", "sku": ""},
        {"kind": "view", "sku": "A\nB"},
        {"kind": "view", "sku": "A", "at": "2026-11-01T12:00:00"},
        {"kind": "view", "sku": "A", "quantity": 0},
        {"kind": "view", "sku": "A", "colour": "red"},
    ],
    ids=str,
)
def test_an_event_that_cannot_be_is_refused(http: httpx.Client, event: dict[str, Any]) -> None:
    answer = http.post("/v1/events", json={"events": [event]})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"]

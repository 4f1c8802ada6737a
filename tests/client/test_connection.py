"""Keys, patience and errors, against a server that does what it is told."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.client.conftest import Said, Script
from vsearch import errors
from vsearch.client.connection import Connection
from vsearch.errors import ServiceError, ServiceUnreachable

Connect = Callable[..., Connection]


@pytest.fixture
def waits() -> list[float]:
    """How long was waited, in seconds; nobody really waits."""
    return []


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    """To make one takes longer than a test: it reads the machine's certificates."""
    with httpx.Client() as client:
        yield client


@pytest.fixture
def connect(script: Script, waits: list[float], http: httpx.Client) -> Connect:
    def connected(
        url: str = script.url,
        *,
        key: str | None = None,
        timeout_s: float = 5,
        patience_s: float = 30,
    ) -> Connection:
        return Connection(
            url,
            key=key,
            timeout_s=timeout_s,
            attempts=3,
            patience_s=patience_s,
            http=http,
            sleep=waits.append,
        )

    return connected


def problem(status: int, kind: str, detail: str = "what is wrong", **more: object) -> Said:
    body = {"type": f"/problems/{kind}", "title": "A title", "status": status, "detail": detail}
    return Said(
        status,
        body | more,
        {"Content-Type": "application/problem+json", "X-Request-ID": "request-7"},
    )


def test_the_key_and_the_version_go_with_every_request(script: Script, connect: Connect) -> None:
    connection = connect(key="vs_one_two")
    connection.send("GET", "/v1/collection")
    (asked,) = script.asked
    assert asked.headers["Authorization"] == "Bearer vs_one_two"
    assert asked.headers["User-Agent"].startswith("vsearch/")


def test_without_a_key_none_is_sent(script: Script, connect: Connect) -> None:
    connect().send("GET", "/v1/collection")
    assert "Authorization" not in script.asked[0].headers


def test_one_connection_serves_many_requests(script: Script, connect: Connect) -> None:
    connection = connect()
    for _ in range(3):
        connection.send("GET", "/v1/collection")
    assert len({asked.connection for asked in script.asked}) == 1


def test_a_path_before_the_services_own_is_kept(script: Script, connect: Connect) -> None:
    connect(f"{script.url}/search/").send("GET", "/v1/collection")
    assert script.asked[0].path == "/search/v1/collection"


@pytest.mark.parametrize("status", [429, 503])
def test_it_asks_again_after_as_long_as_the_service_says(
    status: int, script: Script, connect: Connect, waits: list[float]
) -> None:
    script.answers = [Said(status, {}, {"Retry-After": "3"}), Said(body={"well": True})]
    assert connect().json("POST", "/v1/query", json={"k": 3}) == {"well": True}
    assert waits == [3]
    assert script.asked[0].body == script.asked[1].body


def test_it_waits_a_little_where_the_service_names_no_time(
    script: Script, connect: Connect, waits: list[float]
) -> None:
    script.answers = [Said(503, {}), Said(503, {}), Said()]
    connect().send("GET", "/v1/collection")
    assert len(waits) == 2
    assert all(0 <= wait <= 1 for wait in waits)


def test_it_gives_up_after_its_attempts(script: Script, connect: Connect) -> None:
    refusal = problem(503, "overloaded")
    script.answers = [Said(refusal.status, refusal.body, {"Retry-After": "1"})]
    with pytest.raises(errors.Overloaded) as raised:
        connect().send("GET", "/v1/collection")
    assert raised.value.retry_after_s == 1
    assert len(script.asked) == 3


def test_it_waits_no_longer_than_its_patience(
    script: Script, connect: Connect, waits: list[float]
) -> None:
    script.answers = [Said(429, {"detail": "slow down"}, {"Retry-After": "3600"})]
    with pytest.raises(errors.RateLimited, match="slow down") as raised:
        connect().send("GET", "/v1/collection")
    assert raised.value.retry_after_s == 3600
    assert waits == []


def test_it_asks_again_where_the_connection_breaks(script: Script, connect: Connect) -> None:
    script.answers = [Said(0), Said(body=1)]
    assert connect().json("GET", "/v1/collection") == 1


def test_what_must_not_happen_twice_is_not_sent_twice(script: Script, connect: Connect) -> None:
    script.answers = [Said(0), Said()]
    with pytest.raises(ServiceUnreachable, match="the connection broke"):
        connect().send("POST", "/v1/events", repeatable=False, json={})
    assert len(script.asked) == 1


def test_a_file_is_rewound_before_it_is_sent_again(script: Script, connect: Connect) -> None:
    script.answers = [Said(429, {}, {"Retry-After": "0"}), Said()]
    files = [("feed", ("feed.csv", io.BytesIO(b"sku,title\n1,Shoe\n"), "text/csv"))]
    connect().send("POST", "/v1/feeds", repeatable=False, files=files)
    assert [asked.body.count(b"1,Shoe") for asked in script.asked] == [1, 1]


def test_nobody_there(connect: Connect) -> None:
    with socket.socket() as taken:  # Bound, and listened at by nobody.
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ServiceUnreachable, match=f"{url}: nobody answers .* running"):
            connect(url).send("GET", "/healthz")


def test_an_answer_that_does_not_come(connect: Connect, waits: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ServiceUnreachable, match="no answer in time"):
            connect(url, timeout_s=0.05).send("GET", "/healthz")
    assert len(waits) == 2


@pytest.mark.parametrize(
    "url", ["", "search.example.com", "ftp://x", "http://", "http://x:y", "http://x/?a=b"]
)
def test_an_address_that_is_none(url: str, connect: Connect) -> None:
    with pytest.raises(ServiceError, match="no address of a service"):
        connect(url)


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (400, "bad-query", errors.QueryError),
        (422, "bad-request", errors.QueryError),
        (422, "bad-image", errors.ImageRejected),
        (413, "too-large", errors.ImageRejected),
        (422, "bad-feed", errors.FeedError),
        (404, "no-such-product", errors.ProductNotFound),
        (503, "busy", errors.CollectionLocked),
        (503, "overloaded", errors.Overloaded),
        (503, "collection-unusable", errors.CollectionError),
        (507, "no-storage", errors.StorageError),
        (401, "unauthorized", errors.AccessDenied),
        (403, "forbidden", errors.AccessDenied),
        (429, "too-many-requests", errors.RateLimited),
        (404, "not-found", errors.ServiceError),
        (500, "fault", errors.ServiceError),
    ],
)
def test_a_problem_is_raised_as_a_collection_would(
    status: int, kind: str, error: type[Exception], script: Script, connect: Connect
) -> None:
    script.answers = [problem(status, kind)]
    with pytest.raises(error, match="what is wrong") as raised:
        connect().send("GET", "/v1/collection")
    assert type(raised.value) is error
    assert raised.value.__notes__ == ["request request-7 to 127.0.0.1"]


def test_a_filters_fault_keeps_its_place(script: Script, connect: Connect) -> None:
    script.answers = [problem(400, "bad-filter", position=4, filter="priceless")]
    with pytest.raises(errors.FilterError) as raised:
        connect().send("POST", "/v1/query")
    assert (raised.value.position, raised.value.text) == (4, "priceless")


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"", b"[1]", b"\xff\xfe"])
def test_what_is_no_problem_of_ours_names_its_status(
    body: bytes, script: Script, connect: Connect
) -> None:
    script.answers = [Said(502, body)]
    with pytest.raises(ServiceError, match=r"/v1/collection: Bad Gateway \(502\)"):
        connect().send("GET", "/v1/collection")


def test_a_page_where_json_is_expected(script: Script, connect: Connect) -> None:
    script.answers = [Said(200, b"<html>Welcome</html>")]
    with pytest.raises(ServiceError, match="isn't JSON; is there a vsearch service"):
        connect().json("GET", "/v1/collection")


def test_what_sends_is_closed_only_by_whoever_made_it(script: Script, http: httpx.Client) -> None:
    given = Connection(script.url, key=None, timeout_s=5, attempts=1, patience_s=1, http=http)
    given.close()
    assert not http.is_closed
    own = Connection(script.url, key=None, timeout_s=5, attempts=1, patience_s=1, http=None)
    own.send("GET", "/healthz")
    own.close()
    with pytest.raises(RuntimeError, match="closed"):
        own.send("GET", "/healthz")

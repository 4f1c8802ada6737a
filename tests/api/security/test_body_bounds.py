"""Bodies that are too large, or never end, whether or not they say so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from vsearch.api.problems import Problem
from vsearch.api.security.body_bounds import BodyBounds, Bound

LIMIT = 2**20


@pytest.fixture
def client(application):
    return application(anonymous="all", max_upload_mib=1, max_feed_mib=2)


def in_pieces(size: int, read: list[int] | None = None) -> Iterator[bytes]:
    for start in range(0, size, 65_536):
        if read is not None:
            read.append(start)
        yield bytes(min(65_536, size - start))


@pytest.mark.parametrize("path", ["/v1/length", "/v1/feeds"])
def test_the_largest_that_is_taken(client, path):
    limit = LIMIT * 2 if path == "/v1/feeds" else LIMIT
    for content in (bytes(limit), in_pieces(limit)):
        assert client.post(path, content=content).json() == limit
    for content in (bytes(limit + 1), in_pieces(limit + 1)):
        refused = client.post(path, content=content)
        assert refused.status_code == 413
        assert refused.json()["type"] == "/problems/too-large"
        assert refused.json()["detail"] == f"at most {limit // LIMIT} MiB are taken here"
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/v1/form", "/v1/careless"])
def test_whoever_reads_the_body_cannot_make_something_else_of_it(client, path):
    head = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n'

    def form() -> Iterator[bytes]:
        yield head
        yield from in_pieces(LIMIT * 2)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.post(path, content=form(), headers=headers).status_code == 413


Messages = list[dict[str, Any]]


async def _reads(scope: Any, receive: Any, send: Any) -> None:
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def run(app: Any, messages: Messages, *, then: float = 0, headers: Any = ()) -> tuple[Any, int]:
    """The messages that an application answers with, and how many it has taken."""
    sent: Messages = []
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.sleep(then)
            return {"type": "http.request", "body": b"x", "more_body": True}
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/", "method": "POST", "headers": list(headers)}
    asyncio.run(BodyBounds(app, Bound(10, 0.2), {}, 0.1)(scope, receive, send))
    return sent, len(messages) - len(waiting)


def test_a_body_that_says_it_is_too_large_is_not_read_first():
    answered: Messages = []

    async def untouched(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("the application is not asked")

    parts = [{"type": "http.request", "body": b"x" * 11, "more_body": False}]
    answered, _ = run(untouched, parts, headers=[(b"content-length", b"11")])
    assert answered[0]["status"] == 413
    assert (b"connection", b"close") in answered[0]["headers"]


def test_a_body_that_does_not_come_is_not_waited_for():
    sent, _ = run(_reads, [], then=30)
    assert sent[0]["status"] == 408
    assert b"within 0.2 s" in sent[1]["body"]


def test_a_body_without_an_end_is_cut_off():
    sent, _ = run(_reads, [], then=0.001)
    assert sent[0]["status"] == 413
    assert sent[-1] == {"type": "http.response.body"}


def test_only_as_much_is_read_as_is_needed_to_know():
    part = {"type": "http.request", "body": b"x" * 6, "more_body": True}
    last = {"type": "http.request", "body": b"", "more_body": False}
    app_read = 0

    async def counts(scope: Any, receive: Any, send: Any) -> None:
        nonlocal app_read
        while True:
            message = await receive()
            app_read += len(message["body"])

    sent, taken = run(counts, [part, part, part, part, last])
    assert sent[0]["status"] == 413
    assert app_read == 6
    # The rest is read and dropped, so that the sender comes to see the answer.
    assert taken == 5
    assert sent[-1] == {"type": "http.response.body"}


def test_after_the_body_an_application_may_wait_for_its_caller_to_go():
    async def waits(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        assert (await receive())["type"] == "http.request"
        await send({"type": "http.response.body", "body": b"done"})

    sent, _ = run(waits, [{"type": "http.request", "body": b"", "more_body": False}], then=0.4)
    assert sent[-1]["body"] == b"done"


def test_a_problem_of_the_application_s_own_passes():
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise Problem(418, "teapot", "Teapot", "short and stout")

    with pytest.raises(Problem, match="stout"):
        run(fails, [])

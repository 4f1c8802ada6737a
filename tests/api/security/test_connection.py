"""Heads that never end, over a real socket: the connection is closed, the others go on."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
import uvicorn

from vsearch.api.security.connection import BoundedHttpProtocol

HEAD = b"GET / HTTP/1.1\r\nHost: here\r\n"

pytestmark = pytest.mark.timeout(60)


class Impatient(BoundedHttpProtocol):
    head_timeout_s = 0.6
    max_head_bytes = 5_000


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Reads the body, takes longer than a head may, and says how much there was."""
    assert scope["type"] == "http"
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    if scope["path"] == "/slow":
        await asyncio.sleep(1.0)
    body = str(size).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    taken = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, http=Impatient, log_config=None, lifespan="off", timeout_keep_alive=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield taken.getsockname()
    server.should_exit = True
    thread.join()
    taken.close()


def told(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    received = b""
    while True:
        try:
            piece = connection.recv(65_536)
        except ConnectionResetError:
            return received
        if not piece:
            return received
        received += piece


def test_a_head_that_does_not_come_to_an_end(address: tuple[str, int]) -> None:
    for begun in (b"", HEAD + b"X: "):
        with socket.create_connection(address, timeout=20) as connection:
            connection.sendall(begun)
            assert told(connection) == b""


def test_a_letter_now_and_then_does_not_help(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(HEAD)
        try:
            for _ in range(1000):
                connection.sendall(b"X: y\r\n")
                time.sleep(0.02)
        except OSError:
            return
    raise AssertionError("it is still open")


@pytest.mark.parametrize("filler", [b"X: y\r\n", b"x", b"X: " + b"y" * 100])
def test_a_head_without_end(address: tuple[str, int], filler: bytes) -> None:
    with socket.create_connection(address, timeout=20) as connection:
        try:
            connection.sendall(HEAD)
            for _ in range(20_000):
                connection.sendall(filler * 50)
        except OSError:
            return
    raise AssertionError("all of it was taken")


def test_the_second_head_of_a_connection_is_bounded_too(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(HEAD + b"\r\n")
        assert connection.recv(1000).endswith(b"\r\n\r\n0")
        connection.sendall(HEAD)
        assert told(connection) == b""


def test_a_head_behind_a_request_that_is_worked_on(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=20) as connection:
        with suppress(OSError):
            connection.sendall(b"GET /slow HTTP/1.1\r\nHost: here\r\n\r\n" + HEAD)
            for _ in range(2000):
                connection.sendall(b"X: y\r\n" * 100)
        assert told(connection) == b""


def test_who_keeps_to_the_bounds_is_served(address: tuple[str, int]) -> None:
    url = f"http://{address[0]}:{address[1]}"
    with httpx.Client(base_url=url, timeout=20) as client:
        # The answer takes longer than a head may, and the body is larger.
        assert client.post("/slow", content=bytes(100_000)).text == "100000"
        for _ in range(3):
            assert client.get("/", headers={"X": "y" * 3000}).text == "0"

        def body() -> Iterator[bytes]:
            for _ in range(4):
                time.sleep(0.2)
                yield bytes(1000)

        assert client.post("/", content=body()).text == "4000"

"""How large a request's body may be, and how long it may take to arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vsearch.api.problems import Problem, answer

_MEBIBYTE = 2**20
_TOO_LARGE = 413

#: How long a refused body is still read, so that its sender comes to see the answer: a
#: connection that is closed on somebody who sends is reset, and the answer lost. Seconds.
LINGERING_S = 2.0


@dataclass(frozen=True, slots=True)
class Bound:
    """What one body may be."""

    max_bytes: int
    timeout_s: float
    """From the request's head to the body's last byte, in seconds."""


class BodyBounds:
    """ASGI middleware: ends requests whose body is too large or too slow.

    A body that says its size is refused unread; one that doesn't is counted as it comes.
    """

    def __init__(
        self,
        app: ASGIApp,
        bound: Bound,
        by_path: Mapping[str, Bound],
        lingering_s: float = LINGERING_S,
    ) -> None:
        """Put bounds around an application.

        Args:
            app: what reads the bodies.
            bound: of every body.
            by_path: of those that are sent to a path, instead.
            lingering_s: how long a body that is too large is read and dropped, in seconds.
        """
        self._app = app
        self._lingering_s = lingering_s
        self._bound = bound
        self._by_path = dict(by_path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on within bounds."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        bound = self._by_path.get(scope["path"], self._bound)
        body = _BoundedBody(receive, bound)
        announced = _announced(scope)
        if announced > bound.max_bytes:
            await self._refuse(scope, receive, send, _too_large(bound))
            return
        has_answered = False

        async def send_unless_refused(message: Message) -> None:
            # Whoever reads the body may make something else of its end: a broken form.
            nonlocal has_answered
            if body.problem is None or has_answered:
                has_answered = True
                await send(message)

        try:
            await self._app(scope, body.receive, send_unless_refused)
        except Problem as problem:
            if problem is not body.problem:
                raise
        if body.problem is not None and not has_answered:
            rest = None if body.is_whole else receive
            await self._refuse(scope, rest, send, body.problem)

    async def _refuse(
        self, scope: Scope, rest: Receive | None, send: Send, problem: Problem
    ) -> None:
        """Answer; then read and drop what may still come of the body."""

        async def send_then_linger(message: Message) -> None:
            if rest is None or problem.status != _TOO_LARGE or "body" not in message:
                await send(message)
                return
            await send({**message, "more_body": True})
            with suppress(TimeoutError):
                async with asyncio.timeout(self._lingering_s):
                    while (await rest()).get("more_body", False):
                        pass
            await send({"type": "http.response.body"})

        request = Request(scope)
        await answer(request, problem)(scope, request.receive, send_then_linger)


class _BoundedBody:
    def __init__(self, receive: Receive, bound: Bound) -> None:
        self._receive = receive
        self._bound = bound
        self._ends_at = asyncio.get_running_loop().time() + bound.timeout_s
        self._received = 0
        self.is_whole = False
        self.problem: Problem | None = None

    async def receive(self) -> Message:
        if self.is_whole:  # What comes now is that the caller has gone, whenever that may be.
            return await self._receive()
        if self.problem is not None:
            raise self.problem
        try:
            async with asyncio.timeout_at(self._ends_at):
                message = await self._receive()
        except TimeoutError:
            self.problem = _too_slow(self._bound)
            raise self.problem from None
        self._received += len(message.get("body", b""))
        self.is_whole = not message.get("more_body", False)
        if self._received > self._bound.max_bytes:
            self.problem = _too_large(self._bound)
            raise self.problem
        return message


def _announced(scope: Scope) -> int:
    headers: Any = scope["headers"]
    for name, value in headers:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _too_large(bound: Bound) -> Problem:
    return Problem(
        _TOO_LARGE,
        "too-large",
        "The body is too large",
        f"at most {bound.max_bytes / _MEBIBYTE:g} MiB are taken here",
        headers={"Connection": "close"},
    )


def _too_slow(bound: Bound) -> Problem:
    return Problem(
        408,
        "too-slow",
        "The body took too long to arrive",
        f"it has to be here within {bound.timeout_s:g} s",
        headers={"Connection": "close"},
    )

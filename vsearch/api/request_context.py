"""Around every request: its id, its line in the log, its place in the figures."""

from __future__ import annotations

import logging
import re
import secrets
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vsearch.access.key import without_secrets
from vsearch.api.metrics import Metrics

_HEADER = b"x-request-id"
_USABLE = re.compile(rb"[A-Za-z0-9._~-]{1,64}")
_UNKNOWN = "unknown"

#: nginx's status for a caller who went away before the answer.
_GONE = 499

_log = logging.getLogger("vsearch.access")


class RequestContext:
    """ASGI middleware; the outermost one."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and tell of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _given_id(scope) or secrets.token_hex(8)
        scope["request_id"] = request_id
        started, status = perf_counter(), _GONE

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_HEADER, request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            # The fault has been answered and logged by then.
            status = 500 if status == _GONE else status
            raise
        finally:
            self._tell(scope, request_id, status, perf_counter() - started)

    def _tell(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or _UNKNOWN
        method = scope["method"] if route != _UNKNOWN else _UNKNOWN
        self._metrics.requests.labels(route, method, str(status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        client = scope.get("client")
        # Still encoded: a line break in it would begin a line of its own.
        path = without_secrets(scope.get("raw_path", b"").decode("ascii", "backslashreplace"))
        _log.info(
            "%s %s %d",
            scope["method"],
            path,
            status,
            extra={
                "request_id": request_id,
                "method": scope["method"],
                "path": path,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "client": client[0] if client else "",
                "key": scope.get("key_id", ""),
            },
        )


def _given_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == _HEADER and _USABLE.fullmatch(value):
            return str(value, "ascii")
    return ""

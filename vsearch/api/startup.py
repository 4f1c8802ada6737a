"""Why the service can't start, in one line of its log."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vsearch.errors import VsearchError

_FAILED = "lifespan.startup.failed"


class StartupProblems:
    """ASGI middleware: tells the server our own errors without where in the code they arose."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on but a failure to start, which is told when its cause is known."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        failure: Message | None = None

        async def send_unless_failed(message: Message) -> None:
            nonlocal failure
            if message["type"] == _FAILED:
                failure = message
            else:
                await send(message)

        try:
            await self._app(scope, receive, send_unless_failed)
        except VsearchError as error:
            if failure is None:
                raise
            await send({"type": _FAILED, "message": str(error)})
        except BaseException:
            if failure is not None:
                await send(failure)
            raise

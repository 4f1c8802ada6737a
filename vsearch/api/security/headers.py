"""What every answer tells a browser to be careful about."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vsearch.api.security.rate import ALLOWANCE, Allowance

#: A page runs its own scripts and styles and nothing written into it; its pictures may be the
#: shopper's own (blob:) and explanations (data:).
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:;"
    " connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
_OF_PAGES = {
    "Content-Security-Policy": _PAGE_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
}


class SecurityHeaders:
    """ASGI middleware: adds them, and what is left of the caller's minute."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and complete the answer's headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _complete(MutableHeaders(scope=message), scope)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _complete(headers: MutableHeaders, scope: Scope) -> None:
    wanted = dict(_ALWAYS)
    if headers.get("content-type", "").startswith("text/html"):
        wanted |= _OF_PAGES
    else:
        wanted["Content-Security-Policy"] = _DATA_POLICY
    if scope["path"].startswith("/v1/"):
        # Answers are one caller's, and of the moment; pictures say otherwise themselves.
        wanted["Cache-Control"] = "no-store"
    allowance = scope.get(ALLOWANCE)
    if isinstance(allowance, Allowance):
        wanted |= allowance.headers()
    for name, value in wanted.items():
        headers.setdefault(name, value)

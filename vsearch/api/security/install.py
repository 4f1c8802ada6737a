"""The middleware of an application's security, in its order."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from vsearch.api.security.body_bounds import BodyBounds, Bound
from vsearch.api.security.headers import SecurityHeaders
from vsearch.errors import SettingsError
from vsearch.service_settings import ServiceSettings

#: Where whole feeds are sent to; they are larger and take longer.
FEEDS = "/v1/feeds"
_FEED_PATIENCE = 10

_METHODS = ("GET", "POST", "PUT", "DELETE")
_SENT = ("Authorization", "Content-Type", "X-Request-ID")
_SHOWN = ("Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID")
_PREFLIGHT_S = 600


def secure(app: FastAPI, serving: ServiceSettings, *, hosts: Sequence[str] = ()) -> None:
    """Put an application's requests and answers under its settings' bounds.

    Args:
        app: whose middleware this becomes; what is added afterwards stands around it.
        serving: bounds on bodies, and the origins whose pages may call.
        hosts: names that ``Host`` must be one of, ``*.shop.example`` included; none: any.

    Raises:
        SettingsError: an origin isn't one.
    """
    ordinary = Bound(serving.max_upload_bytes, serving.upload_timeout_s)
    feed = Bound(serving.max_feed_bytes, serving.upload_timeout_s * _FEED_PATIENCE)
    app.add_middleware(BodyBounds, bound=ordinary, by_path={FEEDS: feed})
    if hosts:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    if serving.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=allowed_origins(serving),
            allow_methods=_METHODS,
            allow_headers=_SENT,
            expose_headers=_SHOWN,
            # A key stands in a header, which a page sends only if it has it. Cookies mean nothing.
            allow_credentials=False,
            max_age=_PREFLIGHT_S,
        )
    app.add_middleware(SecurityHeaders)


def allowed_origins(serving: ServiceSettings) -> list[str]:
    """Other origins whose pages may call, as browsers write them.

    Raises:
        SettingsError: one is a pattern, or has a path.
    """
    return [_origin(text) for text in serving.cors_origins]


def _origin(text: str) -> str:
    """An origin as browsers write it.

    Raises:
        SettingsError: it is a pattern, or has a path.
    """
    parts = urlsplit(text.rstrip("/"))
    plain = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in ("http", "https") or not parts.hostname or plain != text.rstrip("/"):
        raise SettingsError(
            f'--cors, VSEARCH_SERVE_CORS_ORIGINS: "{text}" is no origin; write https://shop.example,'
            " each one by itself"
        )
    if "*" in text:
        raise SettingsError(
            f'--cors, VSEARCH_SERVE_CORS_ORIGINS: "{text}": origins are named one by one, not by'
            " a pattern"
        )
    return plain.lower()

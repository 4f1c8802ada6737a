"""SKUs may hold a slash: ``%2F`` in an address is a part of a name, not the end of one."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import unquote_to_bytes

from fastapi import Path
from pydantic import AfterValidator
from starlette.types import ASGIApp, Receive, Scope, Send

from vsearch.api.schemas.query import Sku

#: Stands for an encoded slash while routes are told apart. No SKU has control characters.
_STAND_IN = "\x1f"

_ENCODED = re.compile(rb"%2f", re.IGNORECASE)


class EncodedSlashes:
    """ASGI middleware: keeps encoded slashes apart from those between the parts of a path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; its path has stand-ins for encoded slashes."""
        raw = scope.get("raw_path") if scope["type"] == "http" else None
        if raw and _ENCODED.search(raw):
            path = raw.partition(b"?")[0]
            marked = _ENCODED.sub(_STAND_IN.encode(), path)
            scope["path"] = unquote_to_bytes(marked).decode("utf-8", "replace")
        await self._app(scope, receive, send)


def _with_slashes(sku: str) -> str:
    return sku.replace(_STAND_IN, "/")


SkuInPath = Annotated[
    Sku,
    Path(description="a slash in it is written %2F", examples=["GRO-APL-001"]),
    AfterValidator(_with_slashes),
]
"""A SKU as a part of an address."""

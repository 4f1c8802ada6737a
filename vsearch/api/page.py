"""The search page: plain files, served as they are."""

from __future__ import annotations

import hashlib
from os import PathLike, stat_result
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from vsearch.web import STATIC

#: How the page names its files.
_PLACE = "/static/"

#: Their address changes with what is in them.
_FOR_EVER = "public, max-age=31536000, immutable"

_DIGITS = 16


def serve_page(app: FastAPI) -> None:
    """Serve the page at ``/``, and its files at an address that is new when one has changed."""
    place = f"{_PLACE}{_digest(STATIC)}/"
    text = (STATIC / "index.html").read_text(encoding="utf-8").replace(_PLACE, place)

    @app.get("/", include_in_schema=False)
    async def page() -> HTMLResponse:
        return HTMLResponse(text, headers={"Cache-Control": "no-cache"})

    app.mount(place.rstrip("/"), GZipMiddleware(_Unchanging(directory=STATIC)), name="static")


class _Unchanging(StaticFiles):
    def file_response(
        self,
        full_path: PathLike[str] | str,
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = _FOR_EVER
        return response


def _digest(folder: Path) -> str:
    """Over the names and contents of all files in a folder."""
    seen = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        seen.update(f"{file.relative_to(folder).as_posix()}\n".encode())
        seen.update(hashlib.sha256(file.read_bytes()).digest())
    return seen.hexdigest()[:_DIGITS]

"""What a caller hears of a fault that nobody has foreseen."""

from __future__ import annotations

import asyncio

import httpx
from fastapi import FastAPI

from vsearch.api import problems
from vsearch.api.metrics import Metrics
from vsearch.api.request_context import RequestContext


def test_a_fault_has_the_id_that_stands_in_the_log() -> None:
    app = FastAPI()
    problems.install(app)
    app.add_middleware(RequestContext, metrics=Metrics())

    @app.get("/")
    def fail() -> None:
        raise ZeroDivisionError("in /srv/secret.py")

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get("/", headers={"X-Request-ID": "mine"})

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "mine")
    assert answer.json()["instance"] == "mine"
    assert "secret" not in answer.text

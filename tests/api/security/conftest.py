"""A small application behind the service's security, without a collection."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.testclient import TestClient

from vsearch.access.key_ring import KeyRing
from vsearch.access.key_store import KeyStore
from vsearch.api import problems
from vsearch.api.problems import Problem
from vsearch.api.security import Caller, administering, looking, reading, writing
from vsearch.api.security.access import Access
from vsearch.api.security.install import secure
from vsearch.catalog import database
from vsearch.service_settings import Anonymous, ServiceSettings

HERE = ("127.0.0.1", 50_000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[KeyStore]:
    with database.disposing(database.open_engine(database.sqlite_url(tmp_path / "db"))) as engine:
        database.migrate(engine)
        yield KeyStore(engine)


@pytest.fixture
def ring(store: KeyStore) -> KeyRing:
    """Forgets at once: what a test changes counts."""
    return KeyRing(store, lifetime_s=0)


Application = Callable[..., TestClient]


@pytest.fixture
def application(ring: KeyRing) -> Application:
    """``application(client=("9.9.9.9", 1), hosts=(), **ServiceSettings)``: who calls, and how."""

    def make(
        client: tuple[str, int] = HERE, hosts: tuple[str, ...] = (), **settings: object
    ) -> TestClient:
        serving = ServiceSettings(**settings)
        app = FastAPI()
        problems.install(app)
        app.state.access = Access(
            ring,
            anonymous=Anonymous(serving.anonymous),
            per_minute=serving.per_minute,
        )
        _add_routes(app)
        secure(app, serving, hosts=hosts)
        return TestClient(
            app,
            base_url="http://127.0.0.1:8000",
            client=client,
            raise_server_exceptions=False,
        )

    return make


def _add_routes(app: FastAPI) -> None:
    for name, scope in (
        ("look", looking),
        ("read", reading),
        ("write", writing),
        ("admin", administering),
    ):

        async def endpoint(caller: Annotated[Caller, Depends(scope)]) -> dict[str, object]:
            return {"key": caller.key_id, "scopes": sorted(caller.scopes)}

        app.get(f"/v1/{name}")(endpoint)
        app.post(f"/v1/{name}")(endpoint)

    @app.post("/v1/length")
    async def length(request: Request) -> int:
        return len(await request.body())

    @app.post("/v1/feeds")
    async def feeds(request: Request) -> int:
        return len(await request.body())

    @app.post("/v1/form")
    async def form(request: Request) -> int:
        async with request.form() as found:
            return len(found)

    @app.post("/v1/careless")
    async def careless(request: Request) -> str:
        try:
            await request.body()
        except Problem:
            return "whatever it was"
        return "whole"

    @app.get("/", response_class=HTMLResponse)
    async def page() -> str:
        return "<p>page"

"""A service of a collection's, as a test starts it: in a thread of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn

from vsearch import Settings
from vsearch.api.app import create_app
from vsearch.api.run import listen
from vsearch.service_settings import ServiceSettings

_START_S = 60


@dataclass(frozen=True)
class LiveService:
    url: str
    folder: Path


@contextmanager
def serving(
    folder: Path, serving: ServiceSettings | None = None, settings: Settings | None = None
) -> Iterator[LiveService]:
    """Serve a collection at a free port of this machine, over real HTTP."""
    serving = replace(serving or ServiceSettings(per_minute=0), port=0)
    settings = replace(settings or Settings(device="cpu"), collection=folder)
    taken = listen(serving)
    app = create_app(settings, serving)
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, ws="none", lifespan="on")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    end = time.monotonic() + _START_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            raise AssertionError("the service did not start; its log says why")
        time.sleep(0.01)
    try:
        yield LiveService(f"http://127.0.0.1:{taken.getsockname()[1]}", folder)
    finally:
        server.should_exit = True
        thread.join(_START_S)
        taken.close()
        assert not thread.is_alive()

"""Workers that can't start or die, and what the figures make of them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from vsearch.api.run import listen
from vsearch.api.startup import StartupProblems
from vsearch.errors import SettingsError, WeightsError
from vsearch.service_settings import ServiceSettings

# The worker dies while it is asked for a sign of life for the first time.
DIES_EARLY = """
import uvicorn
from vsearch.api.supervisor import Supervisor

class Dies:
    def __reduce__(self):
        return exec, ("import os, time; time.sleep(1); os._exit(3)",)

config = uvicorn.Config(Dies(), workers=1, timeout_worker_healthcheck=600)
gone = []
supervisor = Supervisor(config, [], gone.append)
supervisor.run()
assert not supervisor.has_started
"""

FIGURES = """
import sys
from vsearch.api.metrics import Metrics
metrics = Metrics(shared=True)
metrics.images.set(int(sys.argv[1]))
print(metrics.text().decode())
"""


def run(program: str, *arguments: str, **environment: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def test_an_address_is_taken_at_once() -> None:
    with listen(ServiceSettings(port=0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"127.0.0.1:{port}: can't listen there"):
            listen(ServiceSettings(port=port))


def test_a_worker_that_dies_at_its_start_is_noticed() -> None:
    run(DIES_EARLY)


def test_figures_are_those_of_the_process_that_knows_latest(tmp_path: Path) -> None:
    told = [run(FIGURES, images, PROMETHEUS_MULTIPROC_DIR=str(tmp_path)) for images in ("9", "5")]
    assert "vsearch_index_images 9.0" in told[0]
    assert "vsearch_index_images 5.0" in told[1]


async def fails_to_start(error: Exception, send: Send) -> None:
    try:
        raise error
    except Exception:
        # As Starlette does.
        await send({"type": "lifespan.startup.failed", "message": "Traceback: a/file.py"})
        raise


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (WeightsError("no.safetensors: no such file"), "no.safetensors: no such file"),
        (ZeroDivisionError(), "Traceback: a/file.py"),
    ],
)
def test_the_log_says_in_a_line_why_the_service_cannot_start(error: Exception, told: str) -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await fails_to_start(error, send)

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def start() -> None:
        await StartupProblems(app)({"type": "lifespan"}, receive, send)

    if isinstance(error, WeightsError):
        asyncio.run(start())
    else:
        with pytest.raises(type(error)):
            asyncio.run(start())
    assert sent == [{"type": "lifespan.startup.failed", "message": told}]

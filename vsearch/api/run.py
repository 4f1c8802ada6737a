"""Starting the service's processes."""

from __future__ import annotations

import socket
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI
from prometheus_client.multiprocess import mark_process_dead

from vsearch.api.app import create_app
from vsearch.api.logs import log_configuration
from vsearch.api.security.connection import BoundedHttpProtocol
from vsearch.api.supervisor import Supervisor
from vsearch.errors import SettingsError
from vsearch.service_settings import ServiceSettings
from vsearch.settings import Settings

#: What callers have to wait for at most when the service is told to stop, in seconds.
_STOPPING_S = 20

#: After so many seconds without a sign a process is replaced. On a busy machine importing torch
#: takes longer than uvicorn's 5, and a process that is replaced then never gets further.
_STUCK_S = 60

_BACKLOG = 2048


@dataclass(frozen=True)
class AppFactory:
    """Makes the application in whichever process it is sent to."""

    settings: Settings
    serving: ServiceSettings

    def __call__(self) -> FastAPI:
        """Make it."""
        return create_app(self.settings, self.serving)


def listen(serving: ServiceSettings) -> socket.socket:
    """Take the address, so that whoever starts the service knows at once whether it is free.

    Raises:
        SettingsError: it can't be had.
    """
    family = socket.AF_INET6 if ":" in serving.host else socket.AF_INET
    taken = socket.socket(family)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((serving.host, serving.port))
        # Only then is it taken. Who calls before the encoder is loaded waits for it.
        taken.listen(_BACKLOG)
    except OSError as error:
        taken.close()
        raise SettingsError(
            f"{serving.host}:{serving.port}: can't listen there: {error.strerror or error};"
            " choose another --host or --port"
        ) from error
    taken.set_inheritable(True)
    return taken


def run(settings: Settings, serving: ServiceSettings, taken: socket.socket) -> bool:
    """Serve until a signal ends it.

    Args:
        settings: which collection, and how its pictures and encoder are read.
        serving: how the service runs.
        taken: from ``listen``.

    Returns:
        Whether it had started; the log says why it hadn't.
    """
    configuration = uvicorn.Config(
        AppFactory(settings, serving),
        factory=True,
        workers=serving.workers,
        log_config=log_configuration(as_json=serving.log_json),
        access_log=False,
        server_header=False,
        forwarded_allow_ips=list(serving.trusted_proxies),
        timeout_graceful_shutdown=_STOPPING_S,
        timeout_worker_healthcheck=_STUCK_S,
        backlog=_BACKLOG,
        http=BoundedHttpProtocol,
        ws="none",
    )
    if serving.workers > 1:
        supervisor = Supervisor(configuration, [taken], on_gone=mark_process_dead)
        supervisor.run()
        return supervisor.has_started
    server = uvicorn.Server(configuration)
    server.run(sockets=[taken])
    return server.started

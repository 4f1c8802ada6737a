"""The process that watches over the service's workers."""

from __future__ import annotations

import socket
from collections.abc import Callable

from uvicorn import Config
from uvicorn.supervisors import Multiprocess

#: uvicorn's exit status of a process that could not start.
_NOT_STARTED = 3


class Supervisor(Multiprocess):
    """uvicorn's own, which notices at once that a worker is dead.

    It asks each worker for a sign over a pipe that it holds both ends of: where one dies before
    it answers, it would wait as long as for one that is stuck, and heed no signal meanwhile.
    """

    def __init__(
        self, config: Config, sockets: list[socket.socket], on_gone: Callable[[int], object]
    ) -> None:
        """Prepare; ``run`` begins.

        Args:
            config: of the workers.
            sockets: what they listen at.
            on_gone: told the id of each process that is no worker any more.
        """
        super().__init__(config, sockets)
        self._on_gone = on_gone
        self._watched: set[int] = set()

    def keep_subprocess_alive(self) -> None:
        """Replace the workers that are dead or stuck."""
        for worker in self.processes:
            # Its own copy came with it when it was started.
            worker.child_conn.close()
        super().keep_subprocess_alive()
        now = {worker.pid for worker in self.processes if worker.pid is not None}
        for gone in self._watched - now:
            self._on_gone(gone)
        self._watched = now

    @property
    def has_started(self) -> bool:
        """Whether no worker failed at its start, which ends ``run``."""
        return all(worker.exitcode != _NOT_STARTED for worker in self.processes)

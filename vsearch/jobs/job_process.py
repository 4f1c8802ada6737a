"""A job's process: begun, watched, ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import fields

from vsearch.layout import Layout
from vsearch.settings import Settings, environment_with


class JobProcess:
    """One process in a group of its own, so that a Ctrl-C meant for the service isn't for it."""

    def __init__(self, layout: Layout, settings: Settings, job_id: str) -> None:
        """Begin it.

        Raises:
            OSError: it can't be begun.
        """
        self._process = subprocess.Popen(  # noqa: S603 - nothing of a request is in it
            [sys.executable, "-m", "vsearch.jobs", str(layout.folder), job_id],
            env=environment_with(environment_of(settings)),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """Of the process, and of its group."""
        return self._process.pid

    def status(self) -> int | None:
        """How it has ended: an exit status, or minus a signal; None while it runs."""
        return self._process.poll()

    def interrupt(self) -> None:
        """Ask it to end: it stores what it has done."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """End it, and wait until it has."""
        self._signal(signal.SIGKILL)
        self._process.wait()

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended; whether it has."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.poll() is not None

    def _signal(self, number: int) -> None:
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)


def environment_of(settings: Settings) -> dict[str, str]:
    """The variables that ``Settings.from_environment`` reads these settings from."""
    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    return {
        f"VSEARCH_{name.upper()}": "" if value is None else str(value)
        for name, value in values.items()
    }

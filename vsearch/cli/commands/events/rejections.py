"""Rows that are skipped: the first are named, all are kept where a file is given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from vsearch.storage import storage_errors

if TYPE_CHECKING:
    from vsearch.cli.progress_bars import ProgressBars
    from vsearch.events.intake.chunk import RejectedEvent

_SHOWN = 20


class _Rejections:
    def __init__(self, bars: ProgressBars, file: TextIO | None, *, quiet: bool) -> None:
        self._bars = bars
        self._file = file
        self._quiet = quiet
        self._count = 0

    def __call__(self, name: str, rejected: RejectedEvent) -> None:
        self._count += 1
        if self._count <= _SHOWN and not self._quiet:
            self._bars.say(f"skipped {name}:{rejected}")
        if self._file is not None:
            record = {"file": name} | asdict(rejected)
            self._file.write(json.dumps(record, ensure_ascii=False) + "\n")

    def end(self) -> None:
        """Say how many more there were."""
        more = self._count - _SHOWN
        if more > 0 and not self._quiet:
            where = "" if self._file else "; --rejected FILE keeps them all"
            self._bars.say(f"… and {more:,} more{where}")


@contextmanager
def rejections(path: Path | None, bars: ProgressBars, *, quiet: bool) -> Iterator[_Rejections]:
    """Listen to what is skipped.

    Raises:
        StorageError: the file can't be written.
    """
    if path is None:
        listener = _Rejections(bars, None, quiet=quiet)
        yield listener
        listener.end()
        return
    with storage_errors(path), path.open("w", encoding="utf-8") as file:
        listener = _Rejections(bars, file, quiet=quiet)
        yield listener
        listener.end()

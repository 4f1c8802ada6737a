"""Rows and images that are skipped: the first are named, all are kept where a file is given."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from vsearch.storage import storage_errors

if TYPE_CHECKING:
    from vsearch.cli.progress_bars import ProgressBars

_SHOWN = 20


class Rejections:
    """Listens to what is skipped."""

    def __init__(self, bars: ProgressBars, file: TextIO | None, *, quiet: bool) -> None:
        self._bars = bars
        self._file = file
        self._quiet = quiet
        self._count = 0

    def tell(self, text: str, record: Mapping[str, Any]) -> None:
        """Name one that is skipped.

        Args:
            text: where and why, for people.
            record: the same for the file.
        """
        self._count += 1
        if self._count <= _SHOWN and not self._quiet:
            self._bars.say(f"skipped {text}")
        if self._file is not None:
            self._file.write(json.dumps(record, ensure_ascii=False) + "\n")

    def close(self) -> None:
        """Say how many more there were."""
        more = self._count - _SHOWN
        if more > 0 and not self._quiet:
            where = "" if self._file else "; --rejected FILE keeps them all"
            self._bars.say(f"… and {more:,} more{where}")


@contextmanager
def rejections(path: Path | None, bars: ProgressBars, *, quiet: bool) -> Iterator[Rejections]:
    """Listen to what is skipped, and keep all of it in a file where there is a path.

    At its end it is said how many more there were than were named.

    Raises:
        StorageError: the file can't be written.
    """
    if path is None:
        told = Rejections(bars, None, quiet=quiet)
        yield told
        told.close()
        return
    with storage_errors(path), path.open("w", encoding="utf-8") as file:
        told = Rejections(bars, file, quiet=quiet)
        yield told
        told.close()

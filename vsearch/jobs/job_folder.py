"""What a job has on the disk while it waits and runs: its feed, and how far it has come."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import asdict
from pathlib import PurePath
from typing import BinaryIO

from vsearch.durable import write_atomically
from vsearch.jobs.job import JobProgress
from vsearch.layout import Layout
from vsearch.storage import storage_errors

_PROGRESS = "progress.json"
_COPIED_AT_ONCE = 2**20
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


class JobFolder:
    """``<collection>/jobs/<id>/``; made for a job, and removed when it is done."""

    def __init__(self, layout: Layout, job_id: str) -> None:
        self.path = layout.jobs / job_id

    def keep_feed(self, feed: BinaryIO, name: str) -> str:
        """Copy a feed into the folder, durably; return what it is called there.

        Args:
            feed: what to read, to its end.
            name: what it was called; only its ending counts, where it looks like one.

        Raises:
            StorageError: the disk is full or can't be written; nothing is left behind.
        """
        suffix = PurePath(name).suffix.lower()
        path = self.path / f"feed{suffix if _SUFFIX.fullmatch(suffix) else ''}"
        try:
            with storage_errors(path):
                self.path.mkdir(parents=True)
                write_atomically(path, lambda file: shutil.copyfileobj(feed, file, _COPIED_AT_ONCE))
        except BaseException:
            self.remove()
            raise
        return path.name

    def write_progress(self, progress: JobProgress) -> None:
        """Say how far the job has come.

        In a file, because the database may be in the middle of this very job's transaction.
        """
        temporary = self.path / f".{_PROGRESS}"
        with storage_errors(temporary):
            temporary.write_text(json.dumps(asdict(progress)), encoding="utf-8")
            temporary.replace(self.path / _PROGRESS)

    def progress(self) -> JobProgress | None:
        """How far the job has come; None where it hasn't said."""
        try:
            return JobProgress(**json.loads((self.path / _PROGRESS).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def remove(self) -> None:
        """Remove it all; what can't be removed stays."""
        shutil.rmtree(self.path, ignore_errors=True)

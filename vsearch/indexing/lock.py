"""One writer at a time, who leaves a name."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from vsearch.errors import CollectionLocked
from vsearch.layout import Layout
from vsearch.storage import storage_errors

#: How often a writer that waits for another one looks again.
_POLL_S = 0.02


@contextmanager
def writing(layout: Layout, *, patience_s: float = 0) -> Iterator[None]:
    """Hold the collection's lock; the folder is made if it isn't there.

    The operating system lets go of the lock when the process ends, however it ends.

    Args:
        layout: of the collection.
        patience_s: how long to wait for another writer to end, in seconds.

    Raises:
        CollectionLocked: another process or thread is writing; the message says who.
        StorageError: the folder can't be written.
    """
    with storage_errors(layout.folder):
        layout.folder.mkdir(parents=True, exist_ok=True)
    # A lock of its own for each call: filelock would let one object in twice.
    lock = FileLock(layout.writer_lock, is_singleton=False)
    try:
        with storage_errors(layout.writer_lock):
            lock.acquire(timeout=patience_s, poll_interval=_POLL_S)
    except Timeout:
        raise CollectionLocked(
            f"{layout.folder}: {_owner(layout)} is writing to this collection;"
            " wait for it to end, or stop it"
        ) from None
    try:
        with storage_errors(layout.writer):
            layout.writer.write_text(
                json.dumps(
                    {
                        "pid": os.getpid(),
                        "host": socket.gethostname(),
                        "since": datetime.now(UTC).isoformat(timespec="seconds"),
                    }
                )
            )
        yield
    finally:
        layout.writer.unlink(missing_ok=True)
        lock.release()


def _owner(layout: Layout) -> str:
    try:
        owner = json.loads(layout.writer.read_text())
        return f"process {owner['pid']} on {owner['host']} (since {owner['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        # It has just taken the lock and not signed yet.
        return "another process"

"""Keeping the warnings of Pillow's readers out of a program's own."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# Before Python 3.14 warning filters belong to the process: two threads that change and
# restore them at once would restore each other's.
_filters_lock = threading.Lock()


@contextmanager
def silenced() -> Iterator[None]:
    """Drop the warnings that the block emits; one thread at a time.

    Only for the few readers that have something to warn of, and for as short as possible:
    another thread's warnings are dropped too while it lasts.
    """
    with _filters_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield

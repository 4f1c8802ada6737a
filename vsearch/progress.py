"""How long work tells how far it has come, without knowing who listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[int], None]
"""Call it with how much more has been done, in the stage's unit."""


class Progress(Protocol):
    """Listens to a run."""

    def stage(self, name: str, total: int | None, unit: str) -> AbstractContextManager[Advance]:
        """Announce a stage; the context ends with it.

        Args:
            name: what is being done: ``feed``, ``images``, ``index``.
            total: how much there is to do, in ``unit``; None where nobody knows.
            unit: ``rows``, ``bytes``, ``images``, ``embeddings``.
        """


class Silence:
    """Listens to nothing."""

    @contextmanager
    def stage(self, name: str, total: int | None, unit: str) -> Iterator[Advance]:
        """Announce a stage to nobody."""
        yield lambda _done: None

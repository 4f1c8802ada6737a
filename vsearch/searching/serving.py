"""How a collection is used by many threads at once, as a service does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _unheard(*_figures: object) -> None:
    pass


@dataclass(frozen=True, slots=True)
class ServingOptions:
    """For ``Collection.open``: queries share the encoder's batches."""

    queue_size: int = 256
    """How many pictures may wait to be encoded; past that ``Overloaded`` is raised."""

    lanes: int | None = None
    """How many batches are made side by side, on a CPU each by one core. None for one a core
    that this process may use; where there is a process for every core, 1."""

    cached_embeddings: int = 10_000
    """How many pictures' embeddings are kept, so that the same ones aren't encoded again."""

    observe: Callable[[str, float], None] = _unheard
    """Told what a query spent in a stage, in seconds: ``fetch`` (from an address),
    ``decode`` (waiting for a turn included), ``queue``, ``encode`` or ``search``. Called from
    many threads; must be quick and not raise."""

    observe_batch: Callable[[int, int], None] = _unheard
    """Told of each batch: how many pictures it has, and how many things wait behind it."""

    observe_cached: Callable[[bool], None] = _unheard
    """Told of each picture file that asks whether its embedding was kept, or being made."""

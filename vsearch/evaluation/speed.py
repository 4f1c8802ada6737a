"""How fast an encoder is by itself, without decoding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import numpy.typing as npt

from vsearch.encoder.interface import Encoder

# The fastest of several runs: whatever else the machine does only adds to the others. As many
# as fit into this time, which a slow encoder fills with the fewest.
_SECONDS = 1.5
_FEWEST_RUNS = 3
_MOST_RUNS = 50


@dataclass(frozen=True, slots=True)
class Speed:
    """What encoding takes, of pixels that are prepared."""

    batch_size: int
    """The encoder's own for its device."""

    images_per_s: float
    """At that batch size."""

    latency_ms: float
    """One picture by itself, as for a query."""


def measure_speed(encoder: Encoder, pixels: npt.NDArray[np.uint8]) -> Speed:
    """Time an encoder after a warm-up.

    Args:
        encoder: loaded.
        pixels: (n, height, width, 3) uint8 from ``prepare``, n ≥ 1; repeated to a full batch.
    """
    size = encoder.batch_size
    batch = pixels[np.arange(size) % len(pixels)]
    batch_s = _fastest_seconds(lambda: encoder.encode_prepared(batch))
    one_s = _fastest_seconds(lambda: encoder.encode_prepared(batch[:1]))
    return Speed(batch_size=size, images_per_s=size / batch_s, latency_ms=one_s * 1000)


def _fastest_seconds(run: Callable[[], object]) -> float:
    run()
    taken: list[float] = []
    while len(taken) < _FEWEST_RUNS or (sum(taken) < _SECONDS and len(taken) < _MOST_RUNS):
        started = perf_counter()
        run()
        taken.append(perf_counter() - started)
    return min(taken)

"""How long queries take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles over queries, in milliseconds: half, all but 1 in 20, all but 1 in 100."""

    p50_ms: float
    p95_ms: float
    p99_ms: float


def latency_of(seconds: Sequence[float]) -> Latency:
    """Percentiles, between two queries in proportion.

    Args:
        seconds: of each query, one at least.

    >>> latency_of([0.010, 0.020, 0.030])
    Latency(p50_ms=20.0, p95_ms=29.0, p99_ms=29.8)
    """
    p50, p95, p99 = np.percentile(np.asarray(seconds, np.float64) * 1000, [50, 95, 99])
    return Latency(round(float(p50), 6), round(float(p95), 6), round(float(p99), 6))

"""How many threads read and prepare pictures while a device works on others."""

from __future__ import annotations

import os

# Past this many, threads wait for the interpreter lock and not for a decoder.
_MOST = 32


def decoding_threads() -> int:
    """One a core that this process may use: they give way to the device's own as needed."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return min(cores, _MOST)

"""How many threads read and vary pictures while a device learns."""

from __future__ import annotations

import os

# Past this many, threads wait for the interpreter lock and not for a decoder.
_MOST = 12


def decoding_threads() -> int:
    """One a core."""
    return min(os.cpu_count() or 1, _MOST)

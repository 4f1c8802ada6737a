"""How many processes suit a machine."""

from __future__ import annotations

import sys
from pathlib import Path

from vsearch.encoder.decoders import decoding_threads

#: Past this many, memory goes into encoders and little comes of it.
_MOST = 4

_ON_CPU = "cpu"
_AUTO = "auto"


def suitable_workers(device: str) -> int:
    """On a CPU one a core, four at most; one on any other device.

    Python in one process leaves cores idle while it holds the interpreter's lock; a GPU has
    one queue anyway, and each process an encoder in its memory.

    Args:
        device: as the settings have it. ``auto`` is looked up without torch, which takes a
            second to import.
    """
    on_cpu = device == _ON_CPU or (device == _AUTO and not _has_gpu())
    return min(decoding_threads(), _MOST) if on_cpu else 1


def _has_gpu() -> bool:
    return sys.platform == "darwin" or Path("/dev/nvidiactl").exists()

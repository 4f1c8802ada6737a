"""Makes ``import timm`` work where torchvision was built for another torch than the one here.

timm needs torchvision to be importable, though an encoder uses none of its C++ operators.
A package registry's torchvision is linked to CUDA: beside a CPU build of torch its operators
don't load, and its Python half then fails while it describes them to torch (``operator
torchvision::nms does not exist``). That one module is left out, and only in that case.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import torch

_DESCRIBES_OPERATORS = "torchvision._meta_registrations"


def make_torchvision_importable() -> None:
    """Stand an empty module in for what can't be imported; call before the first timm import.

    Does nothing where torchvision is absent, already imported, or its operators load.
    ``torchvision.ops.nms`` and its like go on raising where they don't.
    """
    if "torchvision" in sys.modules or _DESCRIBES_OPERATORS in sys.modules:
        return
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return
    for library in sorted(Path(spec.origin).parent.glob("_C*.so")):
        try:
            torch.ops.load_library(library)  # type: ignore[no-untyped-call] # torch has no hint
        except OSError:
            sys.modules[_DESCRIBES_OPERATORS] = ModuleType(_DESCRIBES_OPERATORS)


def import_timm() -> ModuleType:
    """timm, importable; every use of timm in vsearch starts here."""
    make_torchvision_importable()
    import timm
    import timm.data

    return timm

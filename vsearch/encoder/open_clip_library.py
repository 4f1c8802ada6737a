"""open_clip, which the extra ``clip`` installs."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from vsearch.encoder.torchvision_shim import make_torchvision_importable
from vsearch.errors import EncoderError

REMEDY = 'pip install ".[clip]"'


def import_open_clip(wanted_for: str) -> ModuleType:
    """open_clip, importable; every use of it in vsearch starts here.

    Args:
        wanted_for: the encoder, for the message.

    Raises:
        EncoderError: it isn't installed.
    """
    make_torchvision_importable()
    try:
        return import_module("open_clip")
    except ImportError as error:
        raise EncoderError(
            f'encoder "{wanted_for}": open_clip is not installed ({error}): {REMEDY}'
        ) from error

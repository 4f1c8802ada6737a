"""A backbone as it is loaded, before it is put on its device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from vsearch.encoder.encoder_file import EncoderFile
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.encoder.texts import EmbedTexts
from vsearch.encoder.weights import Tensors


@dataclass(frozen=True)
class LoadedBackbone:
    """What an encoder is made of, whichever library its architecture comes from."""

    spec: EncoderSpec
    """How to load it again, its architecture named in full."""

    model: nn.Module
    """Without classifier, float32, on the CPU, in evaluation mode."""

    preprocessing: Preprocessing

    fingerprint: str
    """Without a head."""

    about: EncoderFile | None
    """What the weights' own file says of itself, if they come from one."""

    reload: Callable[[], nn.Module]
    """Gives the model afresh."""

    int8: Tensors | None = None
    """The weights' own file's tensors, where they are int8."""

    texts: EmbedTexts | None = None
    """Its text tower, if it was trained with one."""

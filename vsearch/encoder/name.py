"""What people call an encoder."""

from __future__ import annotations

from pathlib import Path

from vsearch.encoder.encoder_file import EncoderFile
from vsearch.encoder.interface import EncoderSpec


def encoder_name(spec: EncoderSpec, backbone: EncoderFile | None, head: EncoderFile | None) -> str:
    """Name the architecture and where its weights come from, a file by its name only.

    Args:
        spec: where it all comes from.
        backbone: the file of the backbone's weights, if any.
        head: the file of the head, if any; it is named where it is another one.

    Returns:
        ``vit_tiny_patch16_224 (hub)``, ``vit_tiny_patch16_224 (tuned.safetensors)``,
        ``vsearch-vit-tiny-1 (bundled) + my-shop``.
    """
    own_name = None if backbone is None else backbone.name
    label = own_name or spec.architecture
    origin = Path(spec.weights)
    # A file that is called as the architecture says nothing more.
    name = f"{label} ({'file' if origin.stem == label else origin.name})"
    if head is None or spec.head == spec.weights:
        return name
    return f"{name} + {head.name or head.path.stem}"

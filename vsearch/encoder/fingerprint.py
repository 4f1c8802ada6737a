"""What tells whether two encoders give embeddings that can be compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict

import torch

from vsearch.encoder.preprocessing import Preprocessing

_DIGITS = 32


def weights_digest(tensors: Mapping[str, torch.Tensor]) -> str:
    """Hash names, shapes and float32 values: one digest, whatever file they came from.

    Args:
        tensors: a model's ``state_dict`` on the CPU, in the precision it was loaded with.

    Returns:
        SHA-256 in 64 hex digits.
    """
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        values = tensor.detach().float() if tensor.is_floating_point() else tensor.detach()
        digest.update(f"{name} {tuple(values.shape)} {values.dtype}\n".encode())
        digest.update(values.contiguous().reshape(-1).numpy().data)
    return digest.hexdigest()


def fingerprint(
    architecture: str,
    weights: str,
    preprocessing: Preprocessing,
    pooling: str,
) -> str:
    """Hash everything that a backbone's embedding depends on, less device and dtype.

    It is the key of embeddings that heads can be applied to later; ``Head.fingerprint_on``
    makes the fingerprint of the two together of it.

    Args:
        architecture: a timm name; its tag, which says only where weights came from, is left out.
        weights: their ``weights_digest``.
        preprocessing: the model's own.
        pooling: ``token``, ``avg``, ``map``, ...

    Returns:
        32 hex digits.
    """
    parts = {
        "architecture": architecture.partition(".")[0],
        "weights": weights,
        "preprocessing": asdict(preprocessing),
        "pooling": pooling,
        # Collections have been keyed with it.
        "head": None,
    }
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]

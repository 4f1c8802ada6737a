"""Where an interrupted training goes on: weights, optimiser and step in one safetensors file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from vsearch.durable import write_atomically
from vsearch.errors import TrainingError
from vsearch.storage import storage_errors

_SEPARATOR = "/"


@dataclass(frozen=True)
class Checkpoint:
    """What has been learned after a number of steps."""

    step: int
    """How many steps have been taken."""

    run: str
    """Digest of everything that the training depends on; another one can't go on from here."""

    tensors: Mapping[str, Mapping[str, torch.Tensor]]
    """By part: ``student``, ``average``, ``first_moment``, ``second_moment``."""


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint, whole or not at all.

    Raises:
        StorageError: the disk is full or can't be written; the former one stays.
    """
    flat = {
        f"{part}{_SEPARATOR}{name}": tensor.detach().contiguous().clone()
        for part, tensors in checkpoint.tensors.items()
        for name, tensor in tensors.items()
    }
    content = save(flat, {"step": str(checkpoint.step), "run": checkpoint.run})
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, lambda file: file.write(content))


def load_checkpoint(path: Path, run: str) -> Checkpoint | None:
    """Read where a training was interrupted; None where it has not begun.

    Raises:
        TrainingError: it is damaged, or of a training with other pictures or options.
    """
    if not path.exists():
        return None
    tensors: dict[str, dict[str, torch.Tensor]] = {}
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
            for key in file.keys():  # noqa: SIM118 - not a dict
                part, _, name = key.partition(_SEPARATOR)
                tensors.setdefault(part, {})[name] = file.get_tensor(key)
        checkpoint = Checkpoint(int(metadata["step"]), metadata["run"], tensors)
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise TrainingError(f"{path}: damaged ({error}); delete it to start anew") from error
    if checkpoint.run != run:
        raise TrainingError(
            f"{path}: of a training with other pictures or options; give the same ones to go on,"
            " another --work folder, or --restart to forget it"
        )
    return checkpoint

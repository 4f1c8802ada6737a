"""Opens a safetensors file, or says why it can't be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

from safetensors import SafetensorError, safe_open

from vsearch.errors import WeightsError

_PICKLE_STARTS = (b"PK\x03\x04", b"\x80")


class OpenedFile(Protocol):
    """What ``safe_open`` gives, whose own annotations say nothing."""

    def metadata(self) -> dict[str, str] | None:
        """What the header says beside the tensors."""

    def keys(self) -> list[str]:
        """The tensors' names."""

    def get_tensor(self, name: str) -> Any:
        """An array or a tensor, as the file was opened."""


@contextmanager
def opened(path: Path, framework: Literal["np", "pt"]) -> Iterator[OpenedFile]:
    """Open a file whose tensors are then read as NumPy's or torch's.

    Raises:
        WeightsError: there is no such file, it is damaged, or it is of another format.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
        with safe_open(path, framework=framework) as tensors:
            yield tensors
    except FileNotFoundError as error:
        raise WeightsError(f"{path}: no such weights file; give a safetensors file") from error
    except OSError as error:
        raise WeightsError(f"{path}: can't be read: {error.strerror or error}") from error
    except SafetensorError as error:
        raise WeightsError(f"{path}: {_why_unreadable(start)} ({error})") from error


def _why_unreadable(start: bytes) -> str:
    if start.startswith(_PICKLE_STARTS):
        return (
            "a pickle, which could run any program when read; convert it once, where you trust "
            "it: safetensors.torch.save_file(torch.load(FILE, weights_only=True), NEW_FILE)"
        )
    return "not a safetensors file, or damaged; get it again"

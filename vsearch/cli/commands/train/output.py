"""The file that a training writes, as it may be called."""

from __future__ import annotations

from pathlib import Path

import typer

_SUFFIX = ".safetensors"


def require_suffix(output: Path) -> None:
    """See that ``--encoder`` will take it for a file and not for a timm name."""
    if output.suffix != _SUFFIX:
        raise typer.BadParameter(
            f'--output: "{output}" doesn\'t end in {_SUFFIX}, by which --encoder knows a file'
        )

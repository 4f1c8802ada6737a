"""Options that several commands share, and how they meet the environment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from vsearch.settings import Settings

CollectionOption = Annotated[
    Path | None,
    typer.Option(
        "--collection",
        "-c",
        metavar="DIR",
        help="The collection's folder.  \\[default: .vsearch, or VSEARCH_COLLECTION]",
        show_default=False,
    ),
]
EncoderOption = Annotated[
    str | None,
    typer.Option(
        "--encoder",
        metavar="NAME|FILE",
        help="A timm model, see `vsearch encoders`, or an encoder file, as `vsearch train` makes"
        " it.  \\[default: the collection's own]",
        show_default=False,
    ),
]
WeightsOption = Annotated[
    str | None,
    typer.Option(
        "--weights",
        metavar="FILE",
        help="The model's weights: a safetensors file, `hub` (timm's own, downloaded) or"
        " `random:SEED` (untrained, to try things out).  \\[default: the collection's own, or what"
        " the encoder brings]",
        show_default=False,
    ),
]
DeviceOption = Annotated[
    str | None,
    typer.Option(
        "--device", help="auto, cpu, cuda, cuda:1 or mps.  \\[default: auto]", show_default=False
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON for machines, one object a line.")
]


def settings_from(
    *,
    collection: Path | None = None,
    encoder: str | None = None,
    weights: str | None = None,
    device: str | None = None,
) -> Settings:
    """The environment's settings with the command's options over them."""
    given: dict[str, Any] = {
        "collection": collection,
        "encoder": encoder,
        "weights": weights,
        "device": device,
    }
    return replace(
        Settings.from_environment(),
        **{name: value for name, value in given.items() if value is not None},
    )

"""``vsearch encoders``: what can be named with ``--encoder``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from vsearch.cli.options import JsonOption
from vsearch.cli.output import note, print_json
from vsearch.settings import DEFAULT_ENCODER


def encoders(
    pattern: Annotated[
        str | None,
        typer.Argument(
            help="Look through every model that timm has weights for: 'vit_small*'.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List encoders: the recommended ones, or all of timm's that match a pattern.

    Examples:

      vsearch encoders

      vsearch encoders '*dinov2*'
    """
    from vsearch.cli.tables import print_table
    from vsearch.encoder.available import find, recommended

    if pattern is None:
        listed = recommended()
        if as_json:
            for encoder in listed:
                print_json(asdict(encoder))
            return
        print_table(
            [
                ("encoder", "left"),
                ("params", "right"),
                ("dim", "right"),
                ("px", "right"),
                ("licence", "left"),
                ("", "left"),
            ],
            (
                [
                    encoder.name,
                    f"{encoder.parameters_m:.1f} M",
                    str(encoder.dim),
                    str(encoder.input_px),
                    encoder.licence or "unknown",
                    "default" if encoder.name == DEFAULT_ENCODER else "",
                ]
                for encoder in listed
            ),
        )
        note("more: vsearch encoders PATTERN, for example 'vit_*'")
        return
    names = find(pattern)
    for name in names:
        if as_json:
            print_json({"name": name})
        else:
            typer.echo(name)
    if not names:
        note(f'no timm model with weights matches "{pattern}"')

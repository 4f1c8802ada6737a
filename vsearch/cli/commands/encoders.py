"""``vsearch encoders``: what can be named with ``--encoder``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from vsearch.cli import FAILED
from vsearch.cli.options import JsonOption
from vsearch.cli.output import complain, note, print_json


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
    from vsearch.encoder.available import RECOMMENDED, find

    listed = RECOMMENDED if pattern is None else find(pattern)
    if as_json:
        for encoder in listed:
            print_json(asdict(encoder))
    elif listed:
        print_table(
            [
                ("encoder", "left"),
                ("params", "right"),
                ("dim", "right"),
                ("px", "right"),
                ("licence", "left"),
                ("note", "left"),
            ],
            (
                [
                    encoder.name,
                    "" if encoder.parameters_m is None else f"{encoder.parameters_m:.1f} M",
                    "" if encoder.dim is None else str(encoder.dim),
                    str(encoder.side),
                    encoder.licence or "unknown",
                    encoder.note,
                ]
                for encoder in listed
            ),
            whole="encoder",
        )
    if not listed:
        complain(f'no timm model with weights matches "{pattern}"')
        raise typer.Exit(FAILED)
    if pattern is None:
        note("more: vsearch encoders PATTERN, for example 'vit_*'")

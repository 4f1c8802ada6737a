"""The options that several of ``vsearch recommend``'s commands share."""

from __future__ import annotations

from typing import Annotated

import typer

SummaryOption = Annotated[
    bool,
    typer.Option(
        "--summary",
        help="With --json: a last line with the interests, unknown SKUs, and why there is nothing.",
    ),
]
InStockOption = Annotated[
    bool, typer.Option("--in-stock", help="Only what can be bought now.", show_default=True)
]

"""The options that several of ``vsearch recommend``'s commands share."""

from __future__ import annotations

from typing import Annotated

import typer

InStockOption = Annotated[
    bool, typer.Option("--in-stock", help="Only what can be bought now.", show_default=True)
]

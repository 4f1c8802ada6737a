"""``vsearch map``: the catalogue as a picture map."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from vsearch.cli.options import CollectionOption, settings_from
from vsearch.cli.output import note, readable_bytes


class _Layout(StrEnum):
    SCATTER = "scatter"
    GRID = "grid"


def draw_map(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE.html", help="The page to write.", show_default=False),
    ],
    colour_by: Annotated[
        str,
        typer.Option(
            "--colour-by",
            metavar="category|brand|attr.NAME",
            help="What the colours and the legend stand for.",
        ),
    ] = "category",
    layout: Annotated[
        _Layout,
        typer.Option("--layout", help="scatter: by likeness; grid: no picture covers another."),
    ] = _Layout.SCATTER,
    collection: CollectionOption = None,
) -> None:
    r"""Write the catalogue as a zoomable map of pictures: what looks alike lies together.

    One HTML file that opens without a server. It needs openTSNE:
    pip install ".\[map]"

    Examples:

      vsearch map catalog.html

      vsearch map catalog.html --colour-by brand --layout grid
    """
    from vsearch.catalogue_care.catalogue_map import write_map
    from vsearch.catalogue_care.gallery import opened_gallery
    from vsearch.cli.progress_bars import ProgressBars

    settings = settings_from(collection=collection)
    with opened_gallery(settings) as gallery, ProgressBars() as bars:
        drawn = write_map(file, gallery, bars, colour_by=colour_by, layout=layout.value)
    note(f"{file}: {drawn.products:,} products, {readable_bytes(drawn.size)}")
    if drawn.without_picture:
        note(f"left out, without a usable image: {drawn.without_picture:,}")
    if drawn.unreadable:
        note(f"grey, because the picture can't be read any more: {drawn.unreadable:,}")

"""``vsearch formats``: which feeds are understood, and by which columns."""

from __future__ import annotations

from typing import Annotated

import typer

from vsearch.cli.options import JsonOption
from vsearch.cli.output import note, print_json

_MEANINGS = {
    "folder": "a folder of images, with or without a products.csv in it",
    "csv": "a table, separated by commas, semicolons or bars",
    "tsv": "a table, separated by tabs",
    "jsonl": "one JSON object a line",
    "parquet": "a table in Parquet",
    "google": "a Google Merchant product feed: TSV, RSS or Atom",
    "shopify": "Shopify's product CSV",
    "woocommerce": "WooCommerce's product CSV",
    "changes": 'JSON lines with "operation": "ADD" or "DELETE"',
}


def formats(
    name: Annotated[
        str | None,
        typer.Argument(metavar="FORMAT", help="Show this format's columns.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the formats of feeds, or the columns of one.

    Every other column becomes a free attribute of the product. A column that is
    called something else is named with `vsearch index FEED --map column=field`.

    Examples:

      vsearch formats

      vsearch formats csv
    """
    from vsearch.catalog.feeds import FORMATS, documented_columns
    from vsearch.cli.tables import print_table

    if name is None:
        if as_json:
            for one in FORMATS:
                print_json({"name": one, "meaning": _MEANINGS[one]})
            return
        print_table(
            [("format", "left"), ("what it is", "left")], ([n, _MEANINGS[n]] for n in FORMATS)
        )
        note("its columns: vsearch formats FORMAT")
        return
    if name not in FORMATS:
        raise typer.BadParameter(f'"{name}" is none of {", ".join(FORMATS)}')
    columns = documented_columns(name)
    if as_json:
        for column in columns:
            print_json({"name": column.name, "aliases": column.aliases, "meaning": column.meaning})
        return
    print_table(
        [("column", "left"), ("also called", "left"), ("what it holds", "left")],
        ([column.name, ", ".join(column.aliases), column.meaning] for column in columns),
    )

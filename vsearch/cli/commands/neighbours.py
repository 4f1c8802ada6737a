"""``vsearch neighbours``: the nearest products of every product, in one batch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vsearch.cli.options import CollectionOption, settings_from
from vsearch.cli.output import note

if TYPE_CHECKING:
    from vsearch.neighbours.neighbours import Neighbours
    from vsearch.progress import Progress


def neighbours(
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="FILE|URL|-",
            help="Where to: FILE.parquet, FILE.jsonl, FILE.csv, - for JSONL on stdout, or a"
            " database's table: postgresql+psycopg://…/shop?table=NAME, sqlite:///FILE.",
            show_default=False,
        ),
    ],
    k: Annotated[
        int, typer.Option("-k", help="How many neighbours of each product, 1 to 1,000.")
    ] = 50,
    where: Annotated[
        str,
        typer.Option(
            "--where",
            metavar="FILTER",
            help="Which products can be neighbours.",
            show_default=False,
        ),
    ] = "",
    category: Annotated[
        str,
        typer.Option(
            "--category",
            metavar="any|same|other",
            help="Whether neighbours are of the product's own category.",
        ),
    ] = "any",
    variants: Annotated[
        bool, typer.Option("--variants", help="Let variants of a product be its neighbours.")
    ] = False,
    recall: Annotated[
        float,
        typer.Option(
            "--recall",
            help="The share of the true neighbours to find in a large catalogue, 0.5 to 1; 1 for"
            " all, which takes long.",
        ),
    ] = 0.97,
    collection: CollectionOption = None,
) -> None:
    """Find the products that look most like each product, for the whole catalogue.

    What stands there is what `vsearch recommend similar` answers for each: best
    over all pictures, without the product itself, its variants and copies of it.
    A file has a row for each neighbour with its sku, rank, neighbour_sku and
    score; JSONL has a line for each product.

    Run again after a change of the catalogue, it finds only what the change
    concerns; in a database's table only that is written. After Ctrl-C the same
    command goes on where it was.

    Examples:

      vsearch neighbours --to neighbours.parquet

      vsearch neighbours --to - -k 10 --where "available" --category same

      vsearch neighbours --to "sqlite:///shop.db?table=similar"
    """
    from vsearch.cli.progress_bars import ProgressBars
    from vsearch.collection import Collection
    from vsearch.neighbours.options import NeighbourOptions
    from vsearch.recommending.asked import CategoryScope

    if category not in list(CategoryScope):
        raise typer.BadParameter(f'--category: "{category}" is none of {", ".join(CategoryScope)}')
    options = NeighbourOptions(k, where, CategoryScope(category), variants, recall)
    _check(to)
    settings = settings_from(collection=collection)
    with (
        Collection.open(settings.collection, settings=settings) as opened,
        ProgressBars() as bars,
    ):
        found = opened.neighbours(options, progress=bars)
        done = _write(to, found, bars)
    _say(found)
    note(done)


def _check(to: str) -> None:
    """See that there is a way to write it, before it is found."""
    from vsearch.neighbours.files import FORMATS
    from vsearch.neighbours.sql_table import is_sql, sql_target
    from vsearch.told_format import told_format

    if is_sql(to):
        sql_target(to)
    elif to != "-":
        told_format(to, FORMATS)


def _write(to: str, found: Neighbours, progress: Progress) -> str:
    from vsearch.neighbours.files import write_lines, write_neighbours
    from vsearch.neighbours.sql_table import is_sql, sql_target, write_table

    if is_sql(to):
        target = sql_target(to)
        written = write_table(target, found, progress)
        return (
            f"table {target.table}: written for {written.changed:,} of {written.products:,}"
            f" products, removed for {written.removed:,}"
        )
    if to == "-":
        write_lines(None, found)
        return "written to stdout"
    write_neighbours(Path(to), found)
    return f"written to {to}"


def _say(found: Neighbours) -> None:
    if not len(found):
        note("no products, so no neighbours")
    elif len(found) == 1:
        note("1 product, which has no neighbours")
    else:
        exact = "all of the true ones" if found.recall == 1 else f"recall {found.recall:.3f}"
        some = f"searched for those of {found.searched:,}" if found.searched else "none has changed"
        note(f"neighbours of {len(found):,} products, {some}; {exact}")

"""The commands, in the order in which ``vsearch --help`` shows them."""

from __future__ import annotations

from typing import Annotated

import typer

from vsearch._version import __version__
from vsearch.cli.commands import (
    doctor,
    draw_map,
    duplicates,
    encoders,
    evaluate,
    events,
    export,
    formats,
    index,
    keys,
    mcp,
    neighbours,
    recommend,
    remove,
    serve,
    status,
    train,
)
from vsearch.cli.commands.query import query

app = typer.Typer(
    name="vsearch",
    help="Visual product search: index a shop's catalogue, find its products by photo.",
    epilog="Start with:  vsearch index FEED  and then  vsearch query PHOTO",
    no_args_is_help=True,
    # An error of ours is one line; a fault of ours is a plain traceback.
    pretty_exceptions_enable=False,
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"vsearch {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Hold the options of ``vsearch`` itself."""


app.command("index")(index.index)
app.command("query")(query.query)
app.add_typer(recommend.recommend)
app.command("serve")(serve.serve)
app.add_typer(keys.keys)
app.command("mcp")(mcp.mcp)
app.command("evaluate")(evaluate.evaluate)
app.command("duplicates")(duplicates.duplicates)
app.command("neighbours")(neighbours.neighbours)
app.command("map")(draw_map.draw_map)
app.command("status")(status.status)
app.command("remove")(remove.remove)
app.command("export")(export.export)
app.command("formats")(formats.formats)
app.command("encoders")(encoders.encoders)
app.add_typer(events.events)
app.add_typer(train.train)
app.command("doctor")(doctor.doctor)

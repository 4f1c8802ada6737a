"""``vsearch events``: what shoppers did, a file for each of its commands."""

from __future__ import annotations

import typer

from vsearch.cli.commands.events import export, forget, import_files, simulate, status

events = typer.Typer(
    name="events", help="Keep what shoppers did, for the recommender.", no_args_is_help=True
)

events.command("import")(import_files.import_files)
events.command("export")(export.export)
events.command("status")(status.status)
events.command("forget")(forget.forget)
events.command("simulate")(simulate.simulate)

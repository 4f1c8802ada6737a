"""``vsearch events export``: what shoppers did, as a file."""

from __future__ import annotations

from typing import Annotated

import typer

from vsearch.cli.commands.events.choice import (
    BeforeOption,
    SessionOption,
    SinceOption,
    UserOption,
    selection,
)
from vsearch.cli.options import CollectionOption, settings_from
from vsearch.cli.output import note


def export(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|-",
            help="Where to: FILE.csv, FILE.jsonl, FILE.parquet, or - for JSONL on stdout.",
            show_default=False,
        ),
    ],
    user: UserOption = None,
    session: SessionOption = None,
    since: SinceOption = None,
    before: BeforeOption = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="csv, jsonl or parquet.  \\[default: by the file's name]",
            show_default=False,
        ),
    ] = None,
    collection: CollectionOption = None,
) -> None:
    """Write events to a file: those that meet all the options.

    `vsearch events import` reads it again. With --user it is what a shopper may
    ask to see.

    Examples:

      vsearch events export events.parquet

      vsearch events export - --user 4711 | jq .

      vsearch events export november.csv --since 2026-11-01 --before 2026-12-01
    """
    from vsearch.collection import Collection

    chosen = selection(user=user, session=session, since=since, before=before)
    settings = settings_from(collection=collection)
    with Collection.open(settings.collection, settings=settings) as opened:
        written = opened.events.export(file, chosen, file_format=file_format)
    note(f"{written:,} events written to {'stdout' if file == '-' else file}")

"""``vsearch events simulate``: what shoppers might do, for trying things out."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vsearch.cli.options import CollectionOption, settings_from
from vsearch.cli.output import note

if TYPE_CHECKING:
    from vsearch.collection import Collection
    from vsearch.events.event import Event

_AT_ONCE = 20_000


def simulate(
    shoppers: Annotated[int, typer.Option("--shoppers", min=1, help="How many people.")] = 500,
    days: Annotated[int, typer.Option("--days", min=1, help="For how many days.")] = 60,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Another seed is another shop with other people.")
    ] = 0,
    start: Annotated[
        datetime | None,
        typer.Option(
            "--start",
            formats=["%Y-%m-%d"],
            help="The first day, in UTC.  \\[default: so that yesterday is the last]",
            show_default=False,
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FILE",
            help="A .csv, .jsonl or .parquet file to write.  \\[default: the events are stored in"
            " the collection]",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Store them even beside events that are there.")
    ] = False,
    collection: CollectionOption = None,
) -> None:
    """Make up what shoppers do with the catalogue's products.

    For examples, tests and benchmarks, where a shop's own events can't be used.
    The made-up shoppers choose by category, colour, brand, other attributes
    and price, as the catalogue states them, never by looks; hidden rules say what
    goes with what. The same options and the same first day give the same events.

    Examples:

      vsearch events simulate

      vsearch events simulate -c shop/ --shoppers 2000 --days 90 --to events.csv
    """
    from vsearch.collection import Collection
    from vsearch.errors import EvaluationError
    from vsearch.recommender_evaluation.simulation.options import ShopOptions
    from vsearch.recommender_evaluation.simulation.shop import simulate as simulate_shop

    file_format = "" if to is None else _format(to)
    first = start or datetime.combine(datetime.now(UTC).date(), time()) - timedelta(days=days)
    options = ShopOptions(shoppers=shoppers, days=days, seed=seed, start=first.replace(tzinfo=UTC))
    settings = settings_from(collection=collection)
    with Collection.open(settings.collection, settings=settings) as opened:
        if to is None and not yes and (there := opened.events.count()):
            raise EvaluationError(
                f"{settings.collection}: it has {there:,} events; made-up ones among real ones"
                " spoil what is learned from them: write them to a file (--to), or say --yes"
            )
        events = simulate_shop((one.product for one in opened.export()), options)
        if to is None:
            _store(opened, events)
        else:
            _write(to, file_format, events)
    people = len({event.user_id or event.session_id for event in events})
    sessions = len({event.session_id for event in events})
    note(
        f"{to or settings.collection}: {len(events):,} events of {people:,} shoppers as a shop"
        f" would know them, in {sessions:,} sessions"
    )


def _format(file: Path) -> str:
    from vsearch.events.export_files import FORMATS

    named = file.suffix.removeprefix(".").lower()
    if named not in FORMATS:
        raise typer.BadParameter(f"--to {file}: give a file that ends in .{', .'.join(FORMATS)}")
    return named


def _write(file: Path, file_format: str, events: list[Event]) -> None:
    from vsearch.events.export_files import write_events
    from vsearch.recommender_evaluation.event_columns import as_columns

    write_events(file, [as_columns(events)], file_format)


def _store(collection: Collection, events: list[Event]) -> None:
    left = iter(events)
    while some := list(islice(left, _AT_ONCE)):
        collection.events.add(some)

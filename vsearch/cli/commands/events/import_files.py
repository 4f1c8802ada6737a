"""``vsearch events import``: store what files tell of shoppers."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vsearch.cli import FAILED
from vsearch.cli.options import CollectionOption, JsonOption, settings_from
from vsearch.cli.output import Interrupted, note, print_json
from vsearch.cli.pairs import column_mapping, split_pair
from vsearch.cli.rejections import rejections
from vsearch.errors import FeedError

if TYPE_CHECKING:
    from vsearch.events.event import EventKind
    from vsearch.events.intake.chunk import RejectedEvent
    from vsearch.events.intake.summary import IntakeSummary

_KINDS = ("view", "click", "basket", "purchase")
_SHOWN = 5


def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="CSV, TSV, JSONL or Parquet; events of Google Analytics 4 and lines of orders"
            " among them.",
            show_default=False,
        ),
    ],
    collection: CollectionOption = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="csv, tsv, jsonl or parquet.  \\[default: told from the content]",
            show_default=False,
        ),
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="COLUMN=FIELD",
            help="Read a column as sku, kind, at, user_id, session_id, query_id, position or"
            " quantity: --map outfit=session_id. Repeat it.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            metavar="KIND|WORD=KIND",
            help="What every row is: view, click, basket or purchase; or what the file's own word"
            " for it means: --kind like=click. Repeat it.",
            show_default=False,
        ),
    ] = None,
    timezone: Annotated[str, typer.Option(help="Of times that name none: Europe/Berlin.")] = "UTC",
    encoding: Annotated[
        str | None,
        typer.Option(
            help="The files' text encoding.  \\[default: UTF-8, told from the content]",
            show_default=False,
        ),
    ] = None,
    rejected: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Keep every skipped row there, with the reason, as JSONL.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress and no list of skipped rows.")
    ] = False,
) -> None:
    """Store the events of files, for the recommender.

    Columns are known by the names that shops and their tools give them. An event
    is stored once: the same file may be imported again, or one that overlaps it.
    Bad rows are named and skipped. Ctrl-C keeps what was stored.

    Examples:

      vsearch events import events.csv

      vsearch events import ga4/*.jsonl orders.parquet --collection /srv/search

      vsearch events import outfits.csv --kind basket --map outfit=session_id

      vsearch events import log.csv --kind like=click --timezone Europe/Berlin
    """
    from vsearch.cli.progress_bars import ProgressBars
    from vsearch.collection import Collection
    from vsearch.events.intake.intake import EventIntake
    from vsearch.events.intake.options import IntakeOptions

    every, words = _kinds(kind or [])
    options = IntakeOptions(
        format=file_format,
        mapping=column_mapping(mapping or []),
        kind=every,
        words=words,
        encoding=encoding,
        timezone=timezone,
    )
    settings = settings_from(collection=collection)
    ended: BaseException | None = None

    def on_rejected(name: str, event: RejectedEvent) -> None:
        told.tell(f"{name}:{event}", {"file": name} | asdict(event))

    with (
        Collection.open(settings.collection, settings=settings) as opened,
        ProgressBars(quiet=quiet) as bars,
        rejections(rejected, bars, quiet=quiet) as told,
    ):
        intake = EventIntake(opened.events, options, progress=bars, on_rejected=on_rejected)
        try:
            for file in files:
                intake.file(file)
        except (KeyboardInterrupt, FeedError) as error:
            # What came before is stored, and is told.
            ended = error
        summary = intake.finish()
    if as_json:
        print_json(_record(summary))
    else:
        _print(summary, str(settings.collection))
    if isinstance(ended, FeedError):
        raise ended
    if ended is not None:
        raise Interrupted("interrupted; what was stored is kept, and the same command goes on")
    if summary.rejected and not summary.stored + summary.known:
        raise typer.Exit(FAILED)


def _kinds(given: list[str]) -> tuple[EventKind | None, dict[str, EventKind]]:
    from vsearch.events.event import EventKind

    every: EventKind | None = None
    words = {}
    for one in given:
        word, name = split_pair(one, "KIND or WORD=KIND", "--kind") if "=" in one else ("", one)
        if name not in _KINDS:
            raise typer.BadParameter(
                f'"{name}" is none of {", ".join(_KINDS)}', param_hint="--kind"
            )
        if word:
            words[word] = EventKind(name)
        elif every is not None:
            raise typer.BadParameter("every row is of one kind; give one", param_hint="--kind")
        else:
            every = EventKind(name)
    return every, words


def _record(summary: IntakeSummary) -> dict[str, Any]:
    return {
        "stored": summary.stored,
        "known": summary.known,
        "rejected": summary.rejected,
        "passed_over": dict(summary.passed_over.most_common()),
        "unknown_skus": len(summary.unknown_skus),
        "unknown_events": summary.unknown_events,
        "notes": summary.notes,
    }


def _print(summary: IntakeSummary, where: str) -> None:
    from vsearch.cli.tables import print_facts

    facts = [
        ("collection", where),
        ("stored", f"{summary.stored:,}"),
        ("known", f"{summary.known:,}, stored before" if summary.known else "none"),
        ("skipped", f"{summary.rejected:,}" if summary.rejected else "none"),
    ]
    if summary.passed_over:
        words = ", ".join(
            f"{number:,} {word}" for word, number in summary.passed_over.most_common(_SHOWN)
        )
        more = len(summary.passed_over) - _SHOWN
        facts.append(("passed over", words + (f", {more:,} kinds more" if more > 0 else "")))
    print_facts(facts)
    if summary.passed_over:
        word = summary.passed_over.most_common(1)[0][0]
        note(
            f'note: where "{word}" stands for one of the four kinds, say which: --kind {word}=click'
        )
    if summary.unknown_skus:
        some = ", ".join(summary.unknown_skus[:_SHOWN])
        rest = ", …" if len(summary.unknown_skus) > _SHOWN else ""
        note(
            f"note: kept, and not in the catalogue: {summary.unknown_events:,} events of"
            f" {len(summary.unknown_skus):,} SKUs ({some}{rest})"
        )
    for text in summary.notes:
        note(f"note: {text}")

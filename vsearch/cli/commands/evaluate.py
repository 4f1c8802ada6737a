"""``vsearch evaluate``: how well a collection answers labelled queries."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vsearch.cli.options import CollectionOption, DeviceOption, JsonOption, settings_from
from vsearch.cli.output import Interrupted, note

if TYPE_CHECKING:
    from vsearch.cli.progress_bars import ProgressBars
    from vsearch.collection_evaluation.measured import Evaluation

_SKIPPED_SHOWN = 20


def evaluate(
    queries: Annotated[
        Path,
        typer.Argument(
            metavar="QUERIES",
            help="A CSV with the columns query,sku or query,category (several divided by |; paths"
            " start from its folder), a folder with queries/labels.csv, or a folder of folders"
            " that are called by SKUs or categories.",
            show_default=False,
        ),
    ],
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="DIR",
            help="Another collection, of another encoder say: the same queries, and whether the"
            " difference is more than luck.",
            show_default=False,
        ),
    ] = None,
    options: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            metavar="NAME=VALUE",
            help="Query with this: where (a filter), diversity, min_confidence or rerank (yes or"
            " no). May be repeated.",
            show_default=False,
        ),
    ] = None,
    against_options: Annotated[
        list[str] | None,
        typer.Option(
            "--against-option",
            metavar="NAME=VALUE",
            help="The same for the other one; without --against that is the same collection.",
            show_default=False,
        ),
    ] = None,
    depth: Annotated[
        int,
        typer.Option(
            "--depth",
            min=10,
            max=10_000,
            help="How many products to ask for; mAP looks no further.",
        ),
    ] = 100,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="FILE",
            help="Also write a page with plots and the worst failures as pictures.",
            show_default=False,
        ),
    ] = None,
    cases: Annotated[
        int,
        typer.Option("--cases", min=0, max=1_000, help="Queries shown as pictures, at most."),
    ] = 24,
    run: Annotated[
        list[Path] | None,
        typer.Option(
            "--run",
            metavar="FILE",
            help="Also write the rankings as a TREC run; of two searches, twice: for each its own.",
            show_default=False,
        ),
    ] = None,
    qrels: Annotated[
        Path | None,
        typer.Option(
            "--qrels",
            metavar="FILE",
            help="Also write what is right as TREC qrels.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
    collection: CollectionOption = None,
    device: DeviceOption = None,
) -> None:
    """Measure how well a collection answers labelled queries.

    R@k: share of queries with something right among the first k. mAP: how far up
    all that is right stands. MRR: one over the place of the first right hit.
    nDCG@10, P@10: gain and share of what is right among the first 10. Each with
    its 95% interval over the queries; with --against also the difference, its
    interval and the p-value of a paired randomisation test. Rows and pictures
    that can't be used are named and skipped. Ctrl-C shows what was measured by
    then.

    Examples:

      vsearch evaluate queries/labels.csv

      vsearch evaluate labels.csv -c shop/ --html evaluation.html

      vsearch evaluate labels.csv -c shop/ --against shop-tuned/ --json

      vsearch evaluate labels.csv -c shop/ --against-option diversity=0.3

      vsearch evaluate labels.csv --run vsearch.run --qrels labels.qrels
    """
    runs = run or []
    is_pair = against is not None or bool(against_options)
    if len(runs) > (2 if is_pair else 1):
        raise typer.BadParameter("--run: one FILE, or two where two searches are compared")
    from contextlib import ExitStack

    from vsearch.cli.evaluation_output import print_evaluation, print_records
    from vsearch.cli.progress_bars import ProgressBars
    from vsearch.collection import Collection
    from vsearch.collection_evaluation.evaluate import evaluate as evaluate_queries
    from vsearch.collection_evaluation.setting import search_setting
    from vsearch.evaluation.labelled_queries import read_queries

    settings = settings_from(collection=collection, device=device)
    folders = [settings.collection]
    if is_pair:
        folders.append(against or settings.collection)
    if against is not None:
        # Each has its own encoder: what the environment names can't be both.
        settings = replace(settings, encoder=None, weights=None)
    labelled = read_queries(queries)
    with ExitStack() as stack:
        opened = [
            stack.enter_context(Collection.open(folder, settings=settings)) for folder in folders
        ]
        given = (options or [], against_options or [])
        tested = [
            search_setting(name, one, settings, own)
            for name, one, own in zip(_names(folders), opened, given, strict=False)
        ]
        with ProgressBars() as bars:
            skipped = _Skipped(bars)
            found = evaluate_queries(
                labelled, tested, depth=depth, progress=bars, on_refused=skipped
            )
            skipped.sum_up()
        interruption = _interruption(found, len(labelled.queries))
        try:
            _write_files(found, html, cases, runs, qrels)
        except KeyboardInterrupt:
            interruption = interruption or "interrupted; not all files were written"
        for sentence in found.notes:
            note(sentence)
        (print_records if as_json else print_evaluation)(found)
    if interruption:
        raise Interrupted(interruption)


class _Skipped:
    """Names the first things that are left out and counts the others."""

    def __init__(self, bars: ProgressBars) -> None:
        self._bars = bars
        self._count = 0

    def __call__(self, sentence: str) -> None:
        self._count += 1
        if self._count <= _SKIPPED_SHOWN:
            self._bars.say(f"skipped {sentence}")

    def sum_up(self) -> None:
        if self._count > _SKIPPED_SHOWN:
            self._bars.say(f"and {self._count - _SKIPPED_SHOWN} more are skipped")


def _names(folders: list[Path]) -> list[str]:
    """The folders' own names, or all of their paths where those are the same."""
    names = {folder.resolve(): folder.resolve().name for folder in folders}
    are_distinct = len(set(names.values())) == len(names)
    return [names[folder.resolve()] if are_distinct else str(folder) for folder in folders]


def _interruption(found: Evaluation, total: int) -> str:
    if not found.is_interrupted:
        return ""
    return f"interrupted; these are the figures of {len(found.queries)} of {total} queries"


def _write_files(
    found: Evaluation, html: Path | None, cases: int, runs: list[Path], qrels: Path | None
) -> None:
    from vsearch.cli.progress_bars import ProgressBars
    from vsearch.collection_evaluation.report import write_report
    from vsearch.collection_evaluation.trec_files import export_qrels, export_run

    for file, one in zip(runs, found.measured, strict=False):
        export_run(file, found, one)
        note(f"run: {file}")
    if qrels is not None:
        export_qrels(qrels, found)
        note(f"qrels: {qrels}")
    if html is not None:
        with ProgressBars() as bars:
            write_report(html, found, cases=cases, progress=bars)
        note(f"report: {html}")

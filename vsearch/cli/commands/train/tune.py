"""``vsearch train tune``: make a collection's encoder its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vsearch.cli.options import (
    CollectionOption,
    DeviceOption,
    JsonOption,
    settings_from,
)
from vsearch.cli.output import note, print_json

if TYPE_CHECKING:
    from vsearch.evaluation.interval import Interval
    from vsearch.training.head_search import Trial
    from vsearch.training.tune_request import Judged, TuneResult

_SKIPPED_SHOWN = 10


def tune(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The encoder file to write.")
    ],
    collection: CollectionOption = None,
    positives: Annotated[
        str | None,
        typer.Option(
            metavar="RULE",
            help="Which pictures show the same: images (of one product), item-group, category,"
            " brand or attribute:NAME.  [default: images]",
            show_default=False,
        ),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also learn from a CSV with query,sku and, if wanted, weight. A query is a"
            " picture beside the file, or a SKU: what shoppers asked and what they took.",
            show_default=False,
        ),
    ] = None,
    held_out: Annotated[
        float,
        typer.Option(min=0.01, max=0.9, help="Share of the products that only judge."),
    ] = 0.2,
    refit: Annotated[
        bool,
        typer.Option(
            "--refit/--no-refit",
            help="Once judged, learn from the held-out products as well, in the same way.",
        ),
    ] = True,
    allow_worse: Annotated[
        bool, typer.Option("--allow-worse", help="Write the encoder even where it has lost.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same encoder.")] = 0,
    name: Annotated[
        str | None,
        typer.Option(help="The encoder's name.  [default: the output's]", show_default=False),
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where embeddings of query pictures are kept.  [default: beside the output]",
            show_default=False,
        ),
    ] = None,
    device: DeviceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a collection's encoder your own, from what the catalogue already knows.

    Fits a head to the embeddings that the collection holds: no picture is read, and it takes
    seconds to minutes. Some products are held out whole; R@1 and mAP on them are printed before
    and after, and a worse encoder is not written.

    Examples:

      vsearch train tune -c shop/ -o mine.safetensors

      vsearch train tune -c shop/ -o mine.safetensors --positives item-group --pairs clicks.csv

      vsearch index FEED -c shop/ --encoder mine.safetensors --replace-encoder
    """
    from vsearch.cli.progress_bars import ProgressBars
    from vsearch.training.tune import tune_head
    from vsearch.training.tune_request import TuneRequest

    settings = settings_from(collection=collection, device=device)
    request = TuneRequest(
        collection=settings.collection,
        settings=settings,
        output=output,
        work=work or output.with_suffix(".work"),
        positives=positives,
        pairs=pairs,
        held_out=held_out,
        refit=refit,
        allow_worse=allow_worse,
        seed=seed,
        name=name,
    )
    with ProgressBars() as bars:
        result = tune_head(request, bars, lambda trial: bars.say(_sentence(trial)))
    _report(result, as_json=as_json)
    if not as_json:
        again = "learned from the held-out products as well" if refit else "as it was judged"
        note(
            f"{result.pictures:,} pictures of {result.labels:,} labels, {again};"
            f" wrote {result.output}"
        )
        note(
            f"use it: vsearch index FEED --collection {settings.collection} --encoder {output}"
            " --replace-encoder"
        )


def _sentence(trial: Trial) -> str:
    told = f"shrinkage {trial.options.shrinkage:g}, waves {trial.options.wave_share:g}: mAP"
    told += f" {trial.new.mean_average_precision.mean:.3f} on held-out products"
    if trial.known is not None:
        told += f", {trial.known.mean_average_precision.mean:.3f} on held-back pictures"
    return told


def _report(result: TuneResult, *, as_json: bool) -> None:
    for skipped in result.skipped[:_SKIPPED_SHOWN]:
        note(f"pairs, row {skipped.row} skipped: {skipped.reason}")
    if len(result.skipped) > _SKIPPED_SHOWN:
        note(f"{len(result.skipped):,} rows of the pairs can't be used and were skipped")
    for sentence in result.notes:
        note(f"note: {sentence}")
    if as_json:
        print_json(_record(result))
        return
    from vsearch.cli.tables import print_table

    print_table(
        [
            ("judged on", "left"),
            ("queries", "right"),
            ("metric", "left"),
            ("before", "right"),
            ("after", "right"),
            ("gain", "right"),
        ],
        [row for judged in result.judged for row in _rows(judged)],
    )


def _rows(judged: Judged) -> list[list[str]]:
    before, after, gain = judged.before, judged.after, judged.difference
    figures = (
        ("R@1", before.recall_at_1, after.recall_at_1, gain.recall_at_1),
        (
            "mAP",
            before.mean_average_precision,
            after.mean_average_precision,
            gain.mean_average_precision,
        ),
    )
    return [
        [judged.set, f"{judged.queries:,}", name, _told(old), _told(new), _told(more, sign="+")]
        for name, old, new, more in figures
    ]


def _told(figure: Interval, sign: str = "") -> str:
    low, high = (format(bound, f"{sign}.3f") for bound in (figure.low, figure.high))
    return f"{figure.mean:{sign}.3f} ({low} to {high})"


def _record(result: TuneResult) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "output": str(result.output),
        "images": result.pictures,
        "labels": result.labels,
        "held_out_products": result.products,
        "dim": result.dim,
        "chosen": result.chosen,
        "measured": [
            {
                "set": one.set,
                "queries": one.queries,
                "recall_at_1": {
                    "before": asdict(one.before.recall_at_1),
                    "after": asdict(one.after.recall_at_1),
                    "gain": asdict(one.difference.recall_at_1),
                },
                "mean_average_precision": {
                    "before": asdict(one.before.mean_average_precision),
                    "after": asdict(one.after.mean_average_precision),
                    "gain": asdict(one.difference.mean_average_precision),
                },
            }
            for one in result.judged
        ],
        "skipped": [asdict(one) for one in result.skipped],
        "notes": list(result.notes),
    }

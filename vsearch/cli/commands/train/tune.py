"""``vsearch train tune``: make a collection's encoder its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vsearch.cli.commands.train.output import require_suffix
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
    from vsearch.training.tune_blocks import BlockCheck
    from vsearch.training.tune_request import Judged, TuneRequest, TuneResult

_SKIPPED_SHOWN = 10
_LORA_RATE = 1e-3
_BLOCKS_RATE = 1e-4


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
            " brand or attribute:NAME.  \\[default: images]",
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
    events: Annotated[
        bool,
        typer.Option(
            "--events",
            help="Learn from the collection's events instead: what shoppers met in one session"
            " and is alike belongs together. The newest sessions judge.",
        ),
    ] = False,
    method: Annotated[
        str,
        typer.Option(
            help="What learns: head (a map of the stored embeddings, minutes), lora or blocks"
            " (the network's last blocks, from the pictures, and a head)."
        ),
    ] = "head",
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
    blocks: Annotated[
        int, typer.Option(min=1, help="lora, blocks: how many of the last blocks learn.")
    ] = 4,
    rank: Annotated[int, typer.Option(min=1, help="lora: of the changes.")] = 16,
    steps: Annotated[
        int, typer.Option(min=1, help="lora, blocks: batches to learn from, at most.")
    ] = 400,
    batch_size: Annotated[int, typer.Option(min=2, help="lora, blocks: pictures in one.")] = 32,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="lora, blocks: after the warm-up.  \\[default: lora 1e-3, blocks 1e-4]",
            show_default=False,
        ),
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="lora, blocks: forget the checkpoint.")
    ] = False,
    name: Annotated[
        str | None,
        typer.Option(help="The encoder's name.  \\[default: the output's]", show_default=False),
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where embeddings of query pictures and the checkpoint lie: the same command"
            " goes on from there.  \\[default: beside the output]",
            show_default=False,
        ),
    ] = None,
    device: DeviceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a collection's encoder your own, from what the catalogue already knows.

    Fits a head to the embeddings that the collection holds: no picture is read,
    and it takes seconds to minutes. Some products are held out whole; R@1 and mAP
    on them are printed before and after, and a worse encoder is not written. With
    --method lora or blocks the network learns from the pictures, which takes
    longer and makes a whole encoder file; Ctrl-C keeps what was learned.

    Examples:

      vsearch train tune -c shop/ -o mine.safetensors

      vsearch train tune -c shop/ -o mine.safetensors --positives item-group --pairs clicks.csv

      vsearch train tune -c shop/ -o mine.safetensors --events

      vsearch train tune -c shop/ -o mine.safetensors --method blocks --steps 300
    """
    from vsearch.training.tune_request import Method, TuneRequest

    if method not in list(Method):
        raise typer.BadParameter(f'--method: "{method}" is not {", ".join(Method)}')
    if events and (positives is not None or pairs is not None or method != Method.HEAD):
        raise typer.BadParameter(
            "--events: learns a head from events alone; leave out --positives, --pairs and --method"
        )
    require_suffix(output)
    settings = settings_from(collection=collection, device=device)
    request = TuneRequest(
        collection=settings.collection,
        settings=settings,
        output=output,
        work=work or output.with_suffix(".work"),
        positives=positives,
        pairs=pairs,
        events=events,
        held_out=held_out,
        refit=refit,
        allow_worse=allow_worse,
        seed=seed,
        name=name,
        method=Method(method),
        restart=restart,
    )
    result = _run(
        request,
        blocks=blocks,
        rank=rank if request.method is Method.LORA else None,
        steps=steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
    )
    _report(result, as_json=as_json)
    if not as_json:
        held = "sessions" if events else "products"
        again = f"learned from the held-out {held} as well" if refit else "as it was judged"
        note(
            f"{result.pictures:,} pictures of {result.labels:,} labels, {again};"
            f" wrote {result.output}"
        )
        note(
            f"use it: vsearch index FEED --collection {settings.collection} --encoder {output}"
            " --replace-encoder"
        )


def _run(
    request: TuneRequest,
    *,
    blocks: int,
    rank: int | None,
    steps: int,
    batch_size: int,
    learning_rate: float | None,
) -> TuneResult:
    from vsearch.cli.progress_bars import ProgressBars
    from vsearch.training.tune_request import Method

    with ProgressBars() as bars:
        if request.events:
            from vsearch.training.tune_events import tune_by_events

            return tune_by_events(request, bars, lambda trial: bars.say(_sentence(trial)))
        if request.method is Method.HEAD:
            from vsearch.training.tune import tune_head

            return tune_head(request, bars, lambda trial: bars.say(_sentence(trial)))
        # torch takes seconds to import: only what learns from pictures pays for it.
        from vsearch.training.tune_blocks import BlockOptions
        from vsearch.training.tune_pictures import tune_blocks

        default = _LORA_RATE if request.method is Method.LORA else _BLOCKS_RATE
        options = BlockOptions(
            blocks=blocks,
            rank=rank,
            steps=steps,
            batch_size=batch_size,
            learning_rate=default if learning_rate is None else learning_rate,
            seed=request.seed,
        )
        return tune_blocks(request, options, bars, lambda news: bars.say(_sentence(news)))


def _sentence(news: Trial | BlockCheck) -> str:
    from vsearch.training.head_search import Trial

    if not isinstance(news, Trial):
        told = f"step {news.step}, loss {news.loss:.4f}, held out: mAP"
        return f"{told} {news.mean_average_precision:.3f}"
    trial = news
    told = f"shrinkage {trial.options.shrinkage:g}, waves {trial.options.wave_share:g}: mAP"
    told += f" {trial.new.mean_average_precision.mean:.3f} on what is held out"
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

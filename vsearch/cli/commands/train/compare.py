"""``vsearch train compare``: several encoders on the same labelled pictures."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vsearch.cli import FAILED
from vsearch.cli.commands.train.refused import note_refused
from vsearch.cli.encoder_argument import name_and_weights, short_name
from vsearch.cli.options import DeviceOption, JsonOption, settings_from
from vsearch.cli.output import complain, note, print_json, readable_bytes

if TYPE_CHECKING:
    from vsearch.encoder.interface import Encoder
    from vsearch.evaluation.compare import Comparison, Measurement
    from vsearch.evaluation.interval import Interval
    from vsearch.settings import Settings

_PLOTS = (".png", ".svg")


def compare(
    encoders: Annotated[
        list[str],
        typer.Argument(
            metavar="ENCODER...",
            help="timm names, encoder files, or NAME@WEIGHTS where WEIGHTS is a file, `hub` or"
            " `random:SEED`.",
            show_default=False,
        ),
    ],
    on: Annotated[
        Path,
        typer.Option(
            "--on",
            metavar="SET",
            help="Labelled pictures: a catalogue's folder with queries/labels.csv (query,sku), a"
            " CSV (image,label and, if wanted, role: gallery or query), or a folder of folders"
            " called by their labels.",
            show_default=False,
        ),
    ],
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot",
            metavar="FILE",
            help="Also draw accuracy against cost, as .png or .svg.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
    device: DeviceOption = None,
) -> None:
    """Compare encoders on the same labelled pictures: what they find and what they cost.

    R@1 and R@5: how many queries have something right among the first 1 and 5.
    mAP: how far up all that is right stands. Each with its 95% interval over the
    queries. An encoder that can't be loaded is named, the others are measured,
    and the command ends with 1.

    Examples:

      vsearch train compare vit_tiny_patch16_224 tuned.safetensors --on catalog/

      vsearch train compare vit_small_patch16_224 mobilenetv3_small_100@random:0 --on photos.csv

      vsearch train compare vit_tiny_patch16_224 --on photos/ --plot comparison.svg --json
    """
    if plot is not None and plot.suffix.lower() not in _PLOTS:
        raise typer.BadParameter(f'--plot: "{plot}" ends neither in .png nor in .svg')
    from vsearch.evaluation.open_labelled import open_labelled
    from vsearch.evaluation.plot import draw, require_matplotlib

    if plot is not None:
        require_matplotlib()
    settings = settings_from(device=device)
    labelled = open_labelled(on)
    for sentence in labelled.notes:
        note(sentence)

    from vsearch.cli.progress_bars import ProgressBars
    from vsearch.evaluation.compare import Candidate
    from vsearch.evaluation.compare import compare as compare_encoders

    candidates = [Candidate(short_name(text), partial(_load, text, settings)) for text in encoders]
    with ProgressBars() as bars:
        comparison = compare_encoders(
            candidates, labelled, max_pixels=settings.max_pixels, progress=bars
        )
    note_refused(list(comparison.refused.items()), "can't be read and are left out")
    if as_json:
        _print_json(comparison)
    elif comparison.measurements:
        _print_table(comparison)
    if plot is not None and comparison.measurements:
        draw(comparison, plot)
        note(f"plot: {plot}")
    for failure in comparison.failures:
        complain(f"{failure.name}: {failure.problem}")
    if comparison.failures:
        raise typer.Exit(FAILED)


def _load(text: str, settings: Settings) -> Encoder:
    from vsearch.encoder.load import load_encoder

    name, weights = name_and_weights(text)
    return load_encoder(
        name, weights=weights, device=settings.device, max_pixels=settings.max_pixels
    )


def _print_table(comparison: Comparison) -> None:
    from vsearch.cli.tables import Justify, is_wide, print_table

    columns: list[tuple[str, Justify]] = [
        ("encoder", "left"),
        ("R@1", "right"),
        ("R@5", "right"),
        ("mAP", "right"),
        ("images/s", "right"),
        ("ms, one", "right"),
        ("embedding", "right"),
    ]
    rows = [_row(one) for one in comparison.measurements]
    if is_wide():
        columns += [("with files", "right"), ("params", "right"), ("load", "right")]
        for row, one in zip(rows, comparison.measurements, strict=True):
            row.append(f"{one.end_to_end_images_per_s:.0f}")
            row.append("" if one.parameters is None else f"{one.parameters / 1e6:.1f} M")
            row.append(f"{one.load_s:.1f} s")
    print_table(columns, rows)
    labelled = comparison.labelled
    note(
        f"{len(labelled.queries)} queries against {len(labelled.gallery)} pictures of"
        f" {labelled.name}; below each figure its 95% interval over the queries"
    )


def _row(one: Measurement) -> list[str]:
    quality, speed = one.quality, one.speed
    return [
        one.name,
        _with_interval(quality.recall_at_1),
        _with_interval(quality.recall_at_5),
        _with_interval(quality.mean_average_precision),
        f"{speed.images_per_s:.0f}",
        f"{speed.latency_ms:.1f}",
        f"{one.dim}\n{readable_bytes(one.embedding_bytes)}",
    ]


def _with_interval(figure: Interval) -> str:
    return f"{figure.mean:.3f}\n{figure.low:.2f}-{figure.high:.2f}"


def _print_json(comparison: Comparison) -> None:
    labelled = comparison.labelled
    measured_on = {
        "set": labelled.name,
        "queries": len(labelled.queries),
        "gallery": len(labelled.gallery),
        "refused": len(comparison.refused),
    }
    for one in comparison.measurements:
        print_json({"encoder": one.name} | _figures(one) | measured_on)
    for failure in comparison.failures:
        print_json({"encoder": failure.name, "error": failure.problem} | measured_on)


def _figures(one: Measurement) -> dict[str, Any]:
    from dataclasses import asdict

    quality = {
        name: {bound: round(value, 6) for bound, value in interval.items()}
        for name, interval in asdict(one.quality).items()
    }
    return {
        "name": one.encoder,
        "fingerprint": one.fingerprint,
        **quality,
        "images_per_s": round(one.speed.images_per_s, 2),
        "end_to_end_images_per_s": round(one.end_to_end_images_per_s, 2),
        "latency_ms": round(one.speed.latency_ms, 3),
        "batch_size": one.speed.batch_size,
        "dim": one.dim,
        "embedding_bytes": one.embedding_bytes,
        "parameters": one.parameters,
        "load_s": round(one.load_s, 3),
    }

"""``vsearch train quantise``: the same encoder in int8, smaller and faster on a CPU."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vsearch.cli.commands.train.output import require_suffix
from vsearch.cli.commands.train.refused import note_refused
from vsearch.cli.encoder_argument import name_and_weights
from vsearch.cli.options import JsonOption, settings_from
from vsearch.cli.output import note, print_json, readable_bytes

if TYPE_CHECKING:
    from vsearch.training.quantise_check import Cost
    from vsearch.training.quantise_request import QuantiseResult


def quantise(
    encoder: Annotated[
        str,
        typer.Argument(
            metavar="ENCODER",
            help="A timm name, an encoder file, `bundled` or NAME@WEIGHTS: a plain ViT.",
            show_default=False,
        ),
    ],
    pictures: Annotated[
        list[Path],
        typer.Argument(
            metavar="PICTURES...",
            help="Folders of pictures, and CSV files with a column image: pictures such as the"
            " encoder will see.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The encoder file to write.")
    ],
    on: Annotated[
        Path | None,
        typer.Option(
            "--on",
            metavar="SET",
            help="Labelled pictures, as for `vsearch train compare`: R@1 on them is measured"
            " before and after.",
            show_default=False,
        ),
    ] = None,
    calibrate: Annotated[
        int, typer.Option(min=8, metavar="N", help="How many pictures set the ranges.")
    ] = 256,
    allow_worse: Annotated[
        bool,
        typer.Option("--allow-worse", help="Write the encoder even where it has lost too much."),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the choice of pictures.")] = 0,
    name: Annotated[
        str | None,
        typer.Option(
            help="The encoder's name.  \\[default: the old one's, or the output's]",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Turn an encoder's weights into int8: a third of float32's size, faster on a CPU with VNNI.

    Ranges are set on some of the pictures; others tell how close the int8 encoder
    is to the float one. It is not written where the mean cosine is below 0.99 or
    more than 0.01 of R@1 is lost. The file runs everywhere: where int8 can't, in
    floats.

    Examples:

      vsearch train quantise bundled photos/ -o small.safetensors

      vsearch train quantise tuned.safetensors photos/ -o small.safetensors --on catalog/
    """
    require_suffix(output)
    from vsearch.cli.progress_bars import ProgressBars
    from vsearch.encoder.sources import spec_of
    from vsearch.training.quantise_request import QuantiseRequest
    from vsearch.training.quantise_run import quantise_encoder

    settings = settings_from()
    request = QuantiseRequest(
        encoder=spec_of(*name_and_weights(encoder)),
        sources=pictures,
        output=output,
        calibrate=calibrate,
        labelled=on,
        allow_worse=allow_worse,
        seed=seed,
        name=name,
        max_pixels=settings.max_pixels,
    )
    with ProgressBars() as bars:
        result = quantise_encoder(request, bars)
    _note_what_was_used(result, calibrate)
    if as_json:
        print_json(_record(result))
    else:
        _print_table(result)
        note(f"wrote {result.output}, {readable_bytes(result.size)}")


def _note_what_was_used(result: QuantiseResult, wanted: int) -> None:
    chosen = result.chosen
    note_refused(
        [(one.path, one.reason) for one in chosen.refused], "can't be used and were left out"
    )
    used, held = len(chosen.calibration), len(chosen.held_out)
    fewer = f", of {wanted} asked for" if used < wanted else ""
    note(f"calibrated on {used} pictures{fewer}; checked on {held} others")
    if result.kept:
        note(f"left in floats, because no single step serves it: {', '.join(result.kept)}")
    if result.formats[1] != "int8":
        note(
            f"int8 doesn't run here: what was measured are its weights in {result.formats[1]}, not"
            " the rounding of what is between them"
        )


def _print_table(result: QuantiseResult) -> None:
    from vsearch.cli.tables import print_table

    before, after = result.before, result.after
    rows = [
        ["runs in", *result.formats, ""],
        ["mean cosine to float32", "", f"{result.agreement.mean:.4f}", ""],
        ["worst cosine to float32", "", f"{result.agreement.worst:.4f}", ""],
        _timed("ms an image, alone", before.alone, after.alone),
        _timed("ms an image, 32 at once", before.batched, after.batched),
    ]
    if result.recall is not None:
        found = result.recall
        gained, low, high = -found.lost.mean, -found.lost.high, -found.lost.low
        rows.append(
            [
                f"R@1 on {found.set}",
                f"{found.before.mean:.4f}",
                f"{found.after.mean:.4f}",
                f"{gained:+.4f} ({low:+.4f} to {high:+.4f})",
            ]
        )
    print_table([("", "left"), ("before", "right"), ("after", "right"), ("", "left")], rows)


def _timed(what: str, before: float, after: float) -> list[str]:
    return [what, f"{before:.2f}", f"{after:.2f}", f"{before / after:.2f} times as fast"]


def _record(result: QuantiseResult) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "output": str(result.output),
        "bytes": result.size,
        "images": len(result.chosen.calibration),
        "held_out": len(result.chosen.held_out),
        "refused": [{"path": str(one.path), "reason": one.reason} for one in result.chosen.refused],
        "kept_in_floats": list(result.kept),
        "cosine": asdict(result.agreement),
        "before": _cost(result.formats[0], result.before),
        "after": _cost(result.formats[1], result.after),
        "recall_at_1": None if result.recall is None else asdict(result.recall),
    }


def _cost(dtype: str, cost: Cost) -> dict[str, Any]:
    return {"dtype": dtype, "ms_alone": round(cost.alone, 3), "ms_batched": round(cost.batched, 3)}

"""``vsearch train distil``: teach a small encoder what larger ones see in one's own pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from vsearch.cli.commands.train.output import require_suffix
from vsearch.cli.commands.train.refused import note_refused
from vsearch.cli.encoder_argument import name_and_weights
from vsearch.cli.options import DeviceOption, JsonOption, settings_from
from vsearch.cli.output import note, print_json

if TYPE_CHECKING:
    from vsearch.encoder.interface import EncoderSpec
    from vsearch.training.distil import Check
    from vsearch.training.distil_run import DistilResult

_Given = TypeVar("_Given")

_VIEWS = ["centre,zoom,whole"]
_WEIGHTS = [1.0]


def distil(
    pictures: Annotated[
        list[Path],
        typer.Argument(
            metavar="PICTURES...",
            help="Folders of pictures, and CSV files with a column image and, if known, a column"
            " group: pictures of one group show the same thing.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="The encoder file to write."),
    ],
    teacher: Annotated[
        list[str],
        typer.Option(
            "--teacher",
            metavar="ENCODER",
            help="A timm name, an encoder file, or NAME@WEIGHTS; several make an ensemble. The"
            " student imitates the first and learns from all which pictures are alike.",
        ),
    ],
    student: Annotated[
        str,
        typer.Option(
            "--student", metavar="ENCODER", help="What to start from, named as a teacher."
        ),
    ] = "bundled",
    views: Annotated[
        list[str],
        typer.Option(
            help="How a teacher looks at each picture: centre, zoom, whole, and each with -flip."
            " With several teachers, once for each, in their order; the last holds for the rest.",
        ),
    ] = _VIEWS,
    teacher_weight: Annotated[
        list[float],
        typer.Option(min=0.0, help="How much a teacher's word counts; as --views, once for each."),
    ] = _WEIGHTS,
    steps: Annotated[int, typer.Option(min=1, help="How many batches to learn from.")] = 2000,
    stop_after: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="STEPS",
            help="Stop after so many of the steps and write what was learned; without it, or with"
            " more, the same command goes on later.",
            show_default=False,
        ),
    ] = None,
    batch_size: Annotated[int, typer.Option(min=2, help="Pictures in a batch.")] = 48,
    learning_rate: Annotated[float, typer.Option(min=0.0, help="After the warm-up.")] = 1e-4,
    temperature: Annotated[
        float, typer.Option(min=0.001, help="Of the neighbours: small heeds only the nearest.")
    ] = 0.07,
    neighbour_weight: Annotated[
        float, typer.Option(min=0.0, help="Of the neighbours beside the embedding itself.")
    ] = 1.0,
    group_share: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="How far a picture is pulled to its group's mean."),
    ] = 0.5,
    drop_patches: Annotated[
        float,
        typer.Option(
            min=0.0, max=0.9, help="Share of patches left out at first; 0.5 halves the time."
        ),
    ] = 0.5,
    whole_share: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Share of the steps, at the end, with every patch."),
    ] = 0.35,
    keep: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Share of the student's first weights in the result."),
    ] = 0.0,
    held_out: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="Share of pictures only to check with.")
    ] = 0.05,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same encoder.")] = 0,
    name: Annotated[
        str | None,
        typer.Option(help="The encoder's name.  \\[default: the output's]", show_default=False),
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where teacher embeddings and the checkpoint lie: the same command goes on from"
            " there.  \\[default: beside the output]",
            show_default=False,
        ),
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget the checkpoint and start anew.")
    ] = False,
    as_json: JsonOption = False,
    device: DeviceOption = None,
) -> None:
    """Teach a small encoder what larger ones, or more looks, see in your own pictures.

    No labels are needed. The teachers' embeddings are computed once and kept;
    then the student learns to give in one look the embedding, and the neighbours,
    that the teachers gave in several. Ctrl-C keeps what was learned: the same
    command goes on.

    Examples:

      vsearch train distil photos/ -o mine.safetensors --teacher vit_base_patch16_224

      vsearch train distil photos/ -o mine.safetensors --teacher bundled --views centre,zoom
    """
    require_suffix(output)
    from vsearch.cli.progress_bars import ProgressBars
    from vsearch.training.augment import Augmentation
    from vsearch.training.distil import DistilOptions
    from vsearch.training.distil_run import DistilRequest
    from vsearch.training.distil_run import distil as run
    from vsearch.training.school import Teacher

    settings = settings_from(device=device)
    teachers = [
        Teacher(_spec(text), _names(_for(place, views)), _for(place, teacher_weight))
        for place, text in enumerate(teacher)
    ]
    request = DistilRequest(
        sources=pictures,
        teachers=teachers,
        student=_spec(student),
        output=output,
        work=work or output.with_suffix(".work"),
        group_share=group_share,
        keep=keep,
        held_out=held_out,
        stop_after=stop_after,
        name=name,
        options=DistilOptions(
            steps=steps,
            batch_size=batch_size,
            learning_rate=learning_rate,
            temperature=temperature,
            neighbour_weight=neighbour_weight,
            drop_patches=drop_patches,
            whole_share=whole_share,
            seed=seed,
            augmentation=Augmentation(),
        ),
        restart=restart,
        device=settings.device,
        max_pixels=settings.max_pixels,
    )
    with ProgressBars() as bars:
        result = run(request, bars, lambda check: bars.say(_sentence(check)))
    note_refused(
        [(one.path, one.reason) for one in result.refused], "can't be used and were left out"
    )
    if as_json:
        print_json(_record(result))
    else:
        note(f"{result.learned_from} pictures; wrote {result.output}")


def _for(place: int, given: Sequence[_Given]) -> _Given:
    return given[min(place, len(given) - 1)]


def _names(listed: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in listed.split(","))


def _spec(text: str) -> EncoderSpec:
    from vsearch.encoder.sources import spec_of

    return spec_of(*name_and_weights(text))


def _sentence(check: Check) -> str:
    told = [
        f"step {check.step}",
        "" if check.loss is None else f"loss {check.loss:.4f}",
        f"held out: cosine {check.cosine:.4f}, same nearest neighbour {check.agreement:.3f}",
        "" if check.group_recall is None else f"R@1 by group {check.group_recall:.3f}",
    ]
    return ", ".join(part for part in told if part)


def _record(result: DistilResult) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "output": str(result.output),
        "images": result.learned_from,
        "refused": [{"path": str(one.path), "reason": one.reason} for one in result.refused],
        "before": asdict(result.first),
        "after": asdict(result.last),
    }

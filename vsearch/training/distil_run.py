"""A whole distillation: pictures and teachers in, an encoder file out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from vsearch.encoder.encoder_file import write_encoder_file
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.load import DEFAULT_MAX_PIXELS
from vsearch.encoder.sources import read_head_file
from vsearch.encoder.token_and_mean import TOKEN_AND_MEAN, has_token, token_head
from vsearch.errors import TrainingError
from vsearch.progress import Progress
from vsearch.training.distil import Check, Distillation, DistilOptions
from vsearch.training.output import require_output
from vsearch.training.pictures import Refused, data_digest, read_pictures, split
from vsearch.training.record import training_record
from vsearch.training.school import School, Teacher
from vsearch.training.student import Student, load_student
from vsearch.training.targets import hash_pictures
from vsearch.training.teaching import Teaching
from vsearch.training.views import require_views

_CHECKPOINT = "distil.safetensors"
_TARGETS = "targets"

#: A larger gallery would only slow the checks down.
_MOST_HELD_OUT = 600


@dataclass(frozen=True, slots=True)
class DistilRequest:
    """What ``vsearch train distil`` was asked for."""

    sources: Sequence[Path]
    """Folders of pictures and CSV files."""

    teachers: Sequence[Teacher]
    """The student imitates the embeddings of the first; all say which pictures are alike."""

    student: EncoderSpec

    output: Path

    work: Path
    """Teacher embeddings and the checkpoint; an interrupted training goes on from there."""

    group_share: float = 0.5
    """How far a picture's target moves towards the mean of its group, 0..1."""

    keep: float = 0.0
    """Share of the student's initial weights in the result, 0..1."""

    stop_after: int | None = None
    """So many of the steps are taken, as if the rest had been; None for all."""

    held_out: float = 0.05
    """Share of the pictures that are only looked at to see how it goes."""

    name: str | None = None
    """Of the new encoder, for people; None is the output's file name."""

    half: bool = True
    """Whether the file holds float16 and not float32: half the size, the same embeddings to
    within 1e-3 in cosine."""

    options: DistilOptions = field(default_factory=DistilOptions)

    restart: bool = False
    """Whether a checkpoint that lies in ``work`` is forgotten."""

    device: str = "auto"

    max_pixels: int = DEFAULT_MAX_PIXELS


@dataclass(frozen=True, slots=True)
class DistilResult:
    """What came out."""

    output: Path
    learned_from: int
    """Pictures."""

    refused: Sequence[Refused]
    first: Check
    last: Check


def distil(
    request: DistilRequest, progress: Progress, tell: Callable[[Check], object]
) -> DistilResult:
    """Teach a student and write it.

    Args:
        request: what is wanted.
        progress: hears how far it is.
        tell: hears every check of the held-out pictures.

    Raises:
        TrainingError: there are too few pictures, the work folder belongs to another run, or
            something that was asked for can't be done; that is said before the teachers look.
        EncoderError: a teacher or the student can't be loaded.
        StorageError: the disk is full or can't be written.
    """
    _require_teachable(request)
    student = _load_student(request)
    readable, refused = hash_pictures(read_pictures(request.sources), progress)
    learn, held_out = split(readable, request.held_out, _MOST_HELD_OUT)
    school = School(
        request.teachers,
        request.student,
        request.work / _TARGETS,
        group_share=request.group_share,
        device=request.device,
        max_pixels=request.max_pixels,
    )
    lessons, check, undecodable = school.prepare(learn, held_out, progress)
    refused += undecodable
    if request.restart:
        (request.work / _CHECKPOINT).unlink(missing_ok=True)
    distillation = Distillation(
        student,
        lessons,
        check,
        request.options,
        request.work / _CHECKPOINT,
        max_pixels=request.max_pixels,
    )
    first = last = distillation.check_initial()
    tell(first)
    for last in distillation.run(progress, request.stop_after):
        tell(last)
    _write(request, student, distillation.result(request.keep), lessons, first, last)
    return DistilResult(request.output, len(lessons), refused, first, last)


def _require_teachable(request: DistilRequest) -> None:
    if not sum(teacher.weight for teacher in request.teachers):
        raise TrainingError("--teacher-weight: 0 for every teacher; let one count at least")
    for teacher in request.teachers:
        require_views(teacher.views)
    require_output(request.output)


def _load_student(request: DistilRequest) -> Student:
    student = load_student(request.student, request.device)
    student.look_at_part(request.options.drop_patches)
    source = request.student.head
    head = None if source is None else read_head_file(source).head
    # That of the class token is written again; what any other gives is not what will learn.
    if head is not None and not (
        has_token(student.model) and head.digest == token_head(student.dim).digest
    ):
        raise TrainingError(
            f"{source}: has a head, which would be lost; start from an encoder without one, and"
            " train a head for what comes out"
        )
    return student


def _write(
    request: DistilRequest,
    student: Student,
    tensors: Mapping[str, torch.Tensor],
    lessons: Teaching,
    first: Check,
    last: Check,
) -> None:
    configuration: dict[str, Any] = asdict(request.options) | {
        "teachers": [asdict(teacher) for teacher in request.teachers],
        "group_share": request.group_share,
        "keep": request.keep,
        "stop_after": request.stop_after,
        # More than that where the checkpoint was further.
        "steps_taken": last.step,
        "held_out": request.held_out,
    }
    with_mean = has_token(student.model)
    write_encoder_file(
        request.output,
        tensors={
            name: tensor.half() if request.half and tensor.is_floating_point() else tensor
            for name, tensor in tensors.items()
        },
        architecture=student.architecture,
        preprocessing=student.preprocessing,
        # The patches' mean costs nothing and gives heads that are made later more to go by.
        pooling=TOKEN_AND_MEAN if with_mean else None,
        head=token_head(student.dim) if with_mean else None,
        training=training_record(
            "distil",
            seed=request.options.seed,
            configuration=configuration,
            data={"sha256": data_digest(lessons.hashes), "images": len(lessons)},
            initialised_from=request.student,
            measured=[
                {
                    "set": "held out",
                    "metric": "cosine",
                    "before": first.cosine,
                    "after": last.cosine,
                },
                {
                    "set": "held out",
                    "metric": "neighbour agreement",
                    "before": first.agreement,
                    "after": last.agreement,
                },
            ],
        ),
        name=request.name or request.output.stem,
    )

"""A whole distillation: pictures and teachers in, an encoder file out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vsearch.encoder.encoder_file import write_encoder_file
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.load import DEFAULT_MAX_PIXELS, load_spec
from vsearch.errors import TrainingError
from vsearch.progress import Progress
from vsearch.training.distil import Check, Distillation, DistilOptions
from vsearch.training.pictures import data_digest, read_pictures, split
from vsearch.training.record import training_record
from vsearch.training.student import Student, load_student
from vsearch.training.targets import Readable, Refused, hash_pictures, teacher_embeddings
from vsearch.training.teaching import Teaching, towards_groups

_CHECKPOINT = "distil.safetensors"
_TARGETS = "targets"

#: A larger gallery would only slow the checks down.
_MOST_HELD_OUT = 600


@dataclass(frozen=True, slots=True)
class Teacher:
    """Who says what a picture looks like."""

    encoder: EncoderSpec

    views: Sequence[str] = ("centre", "zoom", "whole")
    """Of each picture, that it sees; see ``views.view``."""

    weight: float = 1.0
    """Of its similarities beside the other teachers'."""


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
        TrainingError: there are too few pictures, or the work folder belongs to another run.
        EncoderError: a teacher or the student can't be loaded.
        StorageError: the disk is full or can't be written.
    """
    learn, held = split(read_pictures(request.sources), request.held_out)
    readable, refused = hash_pictures(learn, progress)
    readable_held, refused_held = hash_pictures(held[:_MOST_HELD_OUT], progress)
    refused += refused_held
    lessons, lesson_refusals = _teaching(request, readable, progress)
    check, check_refusals = _teaching(request, readable_held, progress)
    refused += lesson_refusals + check_refusals
    if request.restart:
        (request.work / _CHECKPOINT).unlink(missing_ok=True)
    student = load_student(request.student, request.device)
    _require_same_length(student, lessons)
    if not len(check):
        raise TrainingError("no picture is held out; give more pictures or a larger --held-out")
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
    for last in distillation.run(progress):
        tell(last)
    _write(request, student, distillation.result(request.keep), lessons, first, last)
    return DistilResult(request.output, len(lessons), refused, first, last)


def _teaching(
    request: DistilRequest, readable: Sequence[Readable], progress: Progress
) -> tuple[Teaching, list[Refused]]:
    targets = []
    refused: dict[Path, Refused] = {}
    for teacher in request.teachers:
        embeddings, bad = teacher_embeddings(
            load_spec(teacher.encoder, device=request.device, max_pixels=request.max_pixels),
            teacher.views,
            readable,
            request.work / _TARGETS,
            progress,
            max_pixels=request.max_pixels,
        )
        refused |= {one.path: one for one in bad}
        targets.append(embeddings)
    usable = np.array([item.picture.path not in refused for item in readable], bool)
    kept = [item for item, is_usable in zip(readable, usable, strict=True) if is_usable]
    groups = [item.picture.group for item in kept]
    return Teaching(
        paths=[item.picture.path for item in kept],
        hashes=[item.content_hash for item in kept],
        groups=groups,
        targets=[towards_groups(rows[usable], groups, request.group_share) for rows in targets],
        weights=[teacher.weight for teacher in request.teachers],
    ), list(refused.values())


def _require_same_length(student: Student, lessons: Teaching) -> None:
    wanted = lessons.targets[0].shape[1]
    if student.dim != wanted:
        raise TrainingError(
            f"the student's embeddings have {student.dim} numbers and the first teacher's"
            f" {wanted}: put a teacher of {student.dim} first, others may follow"
        )


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
        "held_out": request.held_out,
    }
    write_encoder_file(
        request.output,
        tensors={
            name: tensor.half() if request.half and tensor.is_floating_point() else tensor
            for name, tensor in tensors.items()
        },
        architecture=student.architecture,
        preprocessing=student.preprocessing,
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

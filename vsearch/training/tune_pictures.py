"""Tunes blocks of the backbone and a head on top of them, judges both, and writes one file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace

import numpy as np
import torch

from vsearch.encoder.encoder_file import write_encoder_file
from vsearch.encoder.head import Head
from vsearch.encoder.interface import Embeddings
from vsearch.encoder.token_and_mean import TOKEN_AND_MEAN
from vsearch.errors import TrainingError
from vsearch.progress import Progress
from vsearch.training.catalogue import Catalogue
from vsearch.training.discriminant import HeadOptions
from vsearch.training.examples import Examples, Numbers
from vsearch.training.head_search import Trial, fit, judges, search_head
from vsearch.training.judging import Judge
from vsearch.training.picture_source import PictureSource, readable
from vsearch.training.record import training_record
from vsearch.training.student import Student, load_student
from vsearch.training.tune import (
    KNOWN_PRODUCTS,
    NEW_PRODUCTS,
    compared,
    configuration,
    current_map,
    data_of,
    measured,
    notes,
    prepare,
    require_better,
)
from vsearch.training.tune_blocks import (
    BlockCheck,
    BlockOptions,
    BlockTraining,
    embed_all,
    learn,
)
from vsearch.training.tune_request import Judged, TuneRequest, TuneResult

_CHECK_QUERIES = 300
_CHECK_DISTRACTORS = 300

_JUDGED = "tune.safetensors"
_REFITTED = "tune-refit.safetensors"


def tune_blocks(
    request: TuneRequest,
    options: BlockOptions,
    progress: Progress,
    tell: Callable[[BlockCheck | Trial], object],
) -> TuneResult:
    """Let blocks learn from a collection's pictures, fit a head, and write both if better.

    Args:
        request: what is wanted.
        options: how the blocks learn.
        progress: told how far it is.
        tell: hears every check and every head that is tried.

    Raises:
        TrainingError: there is nothing to learn from, the architecture can't, or the tuned
            encoder is worse.
        CollectionError: there is no collection, or it is damaged.
        EncoderError: the encoder can't be loaded.
        StorageError: the output or the checkpoint can't be written.
    """
    catalogue, examples, asked = prepare(request, progress)
    examples, source, gone = readable(catalogue, examples, asked)
    if not len(examples.all_learnable()):
        raise TrainingError(
            f"{request.collection}: the pictures to learn from are not at hand any more; run"
            " `vsearch index` on the feed again, or use --method head"
        )
    if request.restart:
        for name in (_JUDGED, _REFITTED):
            (request.work / name).unlink(missing_ok=True)
    workshop = _Workshop(request, options, catalogue, examples, source, progress)
    split = judges(examples, request.seed)
    check = Judge(
        examples,
        request.seed,
        most_queries=_CHECK_QUERIES,
        most_distractors=_CHECK_DISTRACTORS,
    )
    student, training = workshop.training(split.rows, _JUDGED)
    for news in learn(training, check, options, progress):
        tell(news)
    step, tensors = training.step, training.finish()
    trained = replace(examples, embeddings=workshop.embed(student))
    trial, head = search_head(trained, split, workshop.head_options, progress, tell)
    judged = [
        compared(
            name,
            judge.judge(examples, current_map(catalogue)),
            judge.judge(trained, head.apply),
        )
        for name, judge in ((NEW_PRODUCTS, split.new), (KNOWN_PRODUCTS, split.known))
        if judge is not None
    ]
    require_better(judged[0], request)
    rows = split.rows
    if request.refit:
        rows = examples.all_learnable()
        student, training = workshop.training(rows, _REFITTED)
        for _loss in training.run(step, progress):
            pass
        tensors = training.finish()
        trained = replace(examples, embeddings=workshop.embed(student))
        head = fit(trained, rows, trial.options)
    workshop.write(student, tensors, head, judged, trial, step)
    said = notes(catalogue, split)
    if gone:
        said.append(f"{gone:,} pictures are not at hand any more and are left out")
    return TuneResult(
        output=request.output,
        judged=judged,
        chosen={
            "shrinkage": trial.options.shrinkage,
            "wave_share": trial.options.wave_share,
            "steps": step,
        },
        pictures=len(rows),
        labels=len(np.unique(examples.labels[rows])),
        products=split.new.products,
        dim=head.out_dim,
        skipped=() if asked is None else asked.skipped,
        notes=said,
    )


class _Workshop:
    """What both trainings, the judged one and the one on all products, have in common."""

    def __init__(
        self,
        request: TuneRequest,
        options: BlockOptions,
        catalogue: Catalogue,
        examples: Examples,
        source: PictureSource,
        progress: Progress,
    ) -> None:
        self._request = request
        self._options = options
        self._identity = catalogue.encoder.identity
        self._examples = examples
        self._source = source
        self._progress = progress
        self._start: Embeddings | None = None

    @property
    def head_options(self) -> HeadOptions:
        return replace(self._request.head, seed=self._request.seed)

    def training(self, rows: Numbers, checkpoint: str) -> tuple[Student, BlockTraining]:
        """A fresh student, and its training on some rows."""
        student = load_student(self._identity.spec)
        if self._start is None:
            self._start = self._initial(student)
        initial = replace(self._examples, embeddings=self._start)
        linear = fit(initial, rows, replace(self.head_options, wave_share=0.0))
        training = BlockTraining(
            student,
            initial,
            rows,
            self._source,
            linear,
            self._start,
            self._options,
            self._request.work / checkpoint,
            max_pixels=self._request.settings.max_pixels,
        )
        return student, training

    def embed(self, student: Student) -> Embeddings:
        return embed_all(
            student,
            len(self._examples.labels),
            self._source,
            self._progress,
            self._request.settings.max_pixels,
        )

    def _initial(self, student: Student) -> Embeddings:
        # A backbone that is pooled the same way has given them already.
        if self._identity.backbone_dim == 2 * student.dim:
            return self._examples.embeddings
        return self.embed(load_student(self._identity.spec))

    def write(
        self,
        student: Student,
        tensors: Mapping[str, torch.Tensor],
        head: Head,
        judged: Sequence[Judged],
        trial: Trial,
        step: int,
    ) -> None:
        request = self._request
        learned = asdict(self._options) | {"steps_taken": step}
        write_encoder_file(
            request.output,
            tensors={
                name: tensor.half() if tensor.is_floating_point() else tensor
                for name, tensor in tensors.items()
            },
            architecture=student.architecture,
            preprocessing=student.preprocessing,
            pooling=TOKEN_AND_MEAN,
            head=head,
            training=training_record(
                "tune",
                seed=request.seed,
                configuration=configuration(request) | asdict(trial.options) | learned,
                data=data_of(self._examples),
                initialised_from=self._identity.spec,
                measured=measured(judged),
            ),
            name=request.name or request.output.stem,
        )

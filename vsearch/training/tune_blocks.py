"""Lets the last blocks of a ViT learn from labelled pictures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch.func import functional_call

from vsearch.encoder.decoders import decoding_threads
from vsearch.encoder.fingerprint import weights_digest
from vsearch.encoder.head import Head
from vsearch.encoder.interface import Embeddings, Pixels
from vsearch.encoder.prefetch import batched, prefetch
from vsearch.errors import TrainingError
from vsearch.images.decode import decode
from vsearch.progress import Progress
from vsearch.training.augment import Augmentation
from vsearch.training.examples import Examples, Numbers
from vsearch.training.judging import Judge
from vsearch.training.optimisation import Optimisation, Schedule
from vsearch.training.partial import PartlyTrained, proxies_of
from vsearch.training.picture_source import PictureSource
from vsearch.training.rounds import row_at
from vsearch.training.student import Student, to_tensor

_CHECK_BATCH = 64


@dataclass(frozen=True, slots=True)
class BlockOptions:
    """How blocks learn; everything here and the pictures determine the result."""

    blocks: int = 4
    """How many, from the last."""

    rank: int | None = None
    """Of low-rank changes; None lets the weights themselves learn."""

    steps: int = 400

    batch_size: int = 32

    learning_rate: float = 1e-4

    scale: float = 16.0
    """Of the cosines in the loss."""

    margin: float = 0.2
    """By which a picture's own label has to be nearer."""

    checks: int = 4

    patience: int = 2
    """It stops after so many checks without a gain."""

    seed: int = 0

    augmentation: Augmentation = field(
        default_factory=lambda: Augmentation(crop_chance=0.7, least_area=0.35)
    )


@dataclass(frozen=True, slots=True)
class BlockCheck:
    """How the held-out products fare at a step."""

    step: int
    loss: float
    mean_average_precision: float


class BlockTraining:
    """One training of some rows, from wherever its checkpoint stands."""

    def __init__(
        self,
        student: Student,
        examples: Examples,
        rows: Numbers,
        source: PictureSource,
        head: Head,
        start: Embeddings,
        options: BlockOptions,
        checkpoint: Path,
        *,
        max_pixels: int,
    ) -> None:
        """Prepare; nothing is learned.

        Args:
            student: what learns.
            examples: what each picture shows.
            rows: which of them are learned from.
            source: their pictures.
            head: linear; it goes on learning with the blocks.
            start: (n, 2 x dim) what the student gives for every example before it learns.
            options: how.
            checkpoint: where an interrupted training goes on.
            max_pixels: of a picture.

        Raises:
            TrainingError: the architecture can't, there are fewer pictures than a batch, or
                the checkpoint is of another training.
        """
        if len(rows) < options.batch_size:
            raise TrainingError(
                f"{len(rows)} pictures to learn from: fewer than a batch of {options.batch_size};"
                " use --method head, or a smaller --batch-size"
            )
        names, labels = np.unique(examples.labels[rows], return_inverse=True)
        initial = weights_digest(student.model.state_dict())
        torch.manual_seed(options.seed)
        self._net = PartlyTrained(
            student,
            options.blocks,
            options.rank,
            head,
            proxies_of(head, start[rows], labels, len(names)),
        )
        self._student = student
        self._rows = rows
        self._labels = torch.from_numpy(labels.astype(np.int64))
        self._source = source
        self._options = options
        self._checkpoint = checkpoint
        self._max_pixels = max_pixels
        self._optimisation = Optimisation(
            self._net, Schedule(options.steps, options.learning_rate), average=0.98
        )
        self._run = _digest(options, examples, rows, initial, head)
        self._optimisation.resume(checkpoint, self._run)

    @property
    def step(self) -> int:
        """How many steps have been taken."""
        return self._optimisation.step

    def run(self, stop_at: int, progress: Progress) -> Iterator[float]:
        """Learn; gives the mean loss at each check, and keeps what was learned on Ctrl-C."""
        options = self._options
        every = max(1, options.steps // options.checks)
        losses: list[float] = []
        with progress.stage("learn", stop_at, "steps") as advance:
            advance(min(self.step, stop_at))
            try:
                for batch in batched(self._pixels(self.step, stop_at), options.batch_size):
                    losses.append(self._learn(batch))
                    advance(1)
                    if self.step % every == 0 or self.step == stop_at:
                        self._optimisation.save(self._checkpoint, self._run)
                        yield float(np.mean(losses))
                        losses.clear()
            except KeyboardInterrupt:
                self._optimisation.save(self._checkpoint, self._run)
                raise

    def tokens(self, rows: Numbers, progress: Progress) -> list[torch.Tensor]:
        """What the frozen blocks make of pictures: computed once for all checks."""
        kept = []
        with progress.stage("check set", len(rows), "images") as advance:
            for batch in batched(self._upright(rows), _CHECK_BATCH):
                kept.append(self._net.frozen(to_tensor(batch)).to(torch.bfloat16))
                advance(len(batch))
        return kept

    def embed_tokens(self, tokens: Sequence[torch.Tensor]) -> Embeddings:
        """What is searched with now, (n, out_dim) float32, with the averaged weights."""
        averaged = dict(self._optimisation.averaged())
        with torch.inference_mode():
            return torch.cat(
                [functional_call(self._net, averaged, part.float()) for part in tokens]
            ).numpy()

    def finish(self) -> dict[str, torch.Tensor]:
        """Fold what was learned into the student, and give its tensors by timm's names."""
        return self._net.merge(dict(self._optimisation.averaged()))

    def _learn(self, batch: Sequence[tuple[int, Pixels]]) -> float:
        tokens = self._net.frozen(to_tensor([pixels for _, pixels in batch]))
        labels = self._labels[[place for place, _ in batch]]
        options = self._options
        loss = self._net.loss(tokens, labels, scale=options.scale, margin=options.margin)
        self._optimisation.take_step(loss)
        return float(loss.detach())

    def _pixels(self, first_step: int, last_step: int) -> Iterator[tuple[int, Pixels]]:
        size, seed = self._options.batch_size, self._options.seed

        def load(place: int) -> tuple[int, Pixels]:
            chosen = row_at(place, len(self._rows), seed)
            image = decode(
                self._source.read(int(self._rows[chosen])),
                max_pixels=self._max_pixels,
                min_side=self._student.preprocessing.min_side,
            )
            random = np.random.default_rng((seed, 1, place))
            augmentation = self._options.augmentation
            return chosen, augmentation.apply(image, self._student.preprocessing, random)

        places = range(first_step * size, last_step * size)
        return prefetch(load, places, workers=decoding_threads(), ahead=3 * size)

    def _upright(self, rows: Numbers) -> Iterator[Pixels]:
        return upright(self._student, rows, self._source, self._max_pixels)


def upright(
    student: Student, rows: Numbers, source: PictureSource, max_pixels: int
) -> Iterator[Pixels]:
    """The pictures of rows as an encoder takes them, in order."""
    prepare = student.preprocessing.preparer()

    def load(row: int) -> Pixels:
        return prepare(
            decode(source.read(row), max_pixels=max_pixels, min_side=student.preprocessing.min_side)
        )

    return prefetch(load, rows.tolist(), workers=decoding_threads(), ahead=3 * _CHECK_BATCH)


@torch.inference_mode()
def embed_all(
    student: Student, count: int, source: PictureSource, progress: Progress, max_pixels: int
) -> Embeddings:
    """Embed every picture as the encoder file will: (count, 2 x dim) float32, L2-normalised."""
    net = PartlyTrained(
        student,
        1,
        None,
        Head(np.eye(2 * student.dim, dtype=np.float32), np.zeros(2 * student.dim, np.float32)),
        torch.zeros(1, 2 * student.dim),
    )
    student.model.eval()
    parts = []
    with progress.stage("embed", count, "images") as advance:
        for batch in batched(upright(student, np.arange(count), source, max_pixels), _CHECK_BATCH):
            parts.append(net.backbone(net.frozen(to_tensor(batch))))
            advance(len(batch))
    student.model.train()
    return torch.cat(parts).numpy()


def learn(
    training: BlockTraining,
    judge: Judge,
    options: BlockOptions,
    progress: Progress,
) -> Iterator[BlockCheck]:
    """Learn until the held-out products gain no more."""
    rows = np.union1d(judge.queries, judge.gallery)
    of_queries, of_gallery = (
        np.searchsorted(rows, some) for some in (judge.queries, judge.gallery)
    )
    tokens = training.tokens(rows, progress)
    best, waited = 0.0, 0
    for loss in training.run(options.steps, progress):
        embeddings = training.embed_tokens(tokens)
        figures = judge.judge_embeddings(embeddings[of_queries], embeddings[of_gallery])
        precision = float(np.nanmean(figures.precision))
        yield BlockCheck(training.step, loss, precision)
        waited = 0 if precision > best else waited + 1
        best = max(best, precision)
        if waited >= options.patience:
            return


def _digest(
    options: BlockOptions, examples: Examples, rows: Numbers, initial: str, head: Head
) -> str:
    digest = hashlib.sha256(json.dumps(asdict(options), sort_keys=True).encode())
    digest.update(f"{initial} {head.digest}\n".encode())
    digest.update("\n".join(examples.contents[row] for row in rows.tolist()).encode())
    digest.update(np.ascontiguousarray(examples.labels[rows]).data)
    return digest.hexdigest()

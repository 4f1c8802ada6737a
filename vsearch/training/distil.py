"""Distillation: a student learns to see in one look what its teachers saw in several."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.func import functional_call

from vsearch.encoder.decoders import decoding_threads
from vsearch.encoder.fingerprint import weights_digest
from vsearch.encoder.interface import Embeddings, Pixels
from vsearch.encoder.prefetch import batched, prefetch
from vsearch.errors import ImageRejected, TrainingError
from vsearch.images.load import open_image
from vsearch.progress import Progress
from vsearch.training.augment import Augmentation
from vsearch.training.losses import feature_loss, neighbour_loss
from vsearch.training.optimisation import Optimisation, Schedule
from vsearch.training.rounds import row_at
from vsearch.training.student import Student, to_tensor
from vsearch.training.teaching import Teaching

_CHECK_BATCH = 32

# Batches that are decoded and varied before they are needed.
_AHEAD = 3


@dataclass(frozen=True, slots=True)
class DistilOptions:
    """How a student is taught; everything here and the pictures determine the result."""

    steps: int = 2000

    batch_size: int = 48

    learning_rate: float = 1e-4

    temperature: float = 0.07
    """Of the neighbour distributions; small makes the nearest count more."""

    neighbour_weight: float = 1.0
    """Of the neighbour loss beside the feature loss."""

    drop_patches: float = 0.5
    """Share of the patches left out at first, which halves the time of a step."""

    whole_share: float = 0.35
    """Share of the steps, at the end, that see every patch again."""

    seed: int = 0

    checks: int = 8
    """How often the held-out pictures are looked at."""

    augmentation: Augmentation = field(default_factory=Augmentation)


@dataclass(frozen=True, slots=True)
class Check:
    """How well the student does on pictures that it doesn't learn from."""

    step: int

    loss: float | None
    """Mean training loss since the last check; None where nothing was learned since."""

    cosine: float
    """Mean cosine to the teacher's embedding."""

    agreement: float
    """Share of the pictures whose nearest neighbour is also the teacher's."""

    group_recall: float | None
    """Recall@1 by group; None where no two held-out pictures share one."""


class Distillation:
    """One training, from wherever its checkpoint stands."""

    def __init__(
        self,
        student: Student,
        lessons: Teaching,
        held_out: Teaching,
        options: DistilOptions,
        checkpoint: Path,
        *,
        max_pixels: int,
    ) -> None:
        """Prepare; nothing is learned.

        Raises:
            TrainingError: there are fewer pictures than a batch, or the checkpoint is
                another training's.
        """
        if len(lessons) < options.batch_size:
            raise TrainingError(
                f"{len(lessons)} pictures to learn from: fewer than a batch of"
                f" {options.batch_size}; give more pictures or a smaller --batch-size"
            )
        self._student = student
        self._lessons = lessons
        self._held_out = held_out
        self._options = options
        self._checkpoint = checkpoint
        self._max_pixels = max_pixels
        self._anchors = torch.from_numpy(lessons.imitated).to(student.device)
        self._optimisation = Optimisation(student, Schedule(options.steps, options.learning_rate))
        self._initial = {name: p.detach().clone() for name, p in student.named_parameters()}
        self._run = _digest(lessons, options, self._initial)
        self._optimisation.resume(checkpoint, self._run)

    def run(self, progress: Progress, stop_after: int | None = None) -> Iterator[Check]:
        """Learn; the checkpoint is renewed at every check, and on Ctrl-C.

        Args:
            progress: hears of every step.
            stop_after: so many of the steps are taken; None for all.
        """
        options = self._options
        last = options.steps if stop_after is None else min(stop_after, options.steps)
        every = max(1, options.steps // options.checks)
        first = self._optimisation.step
        losses: list[float] = []
        batches = batched(self._pixels(first, last), options.batch_size)
        with progress.stage("distil", last, "steps") as advance:
            advance(first)
            try:
                for batch in batches:
                    step = self._optimisation.step
                    is_whole = step >= options.steps * (1 - options.whole_share)
                    self._student.look_at_part(0.0 if is_whole else options.drop_patches)
                    losses.append(self._learn(batch))
                    advance(1)
                    step = self._optimisation.step
                    if step % every == 0 or step == last:
                        self._optimisation.save(self._checkpoint, self._run)
                        yield self.check(float(np.mean(losses)))
                        losses.clear()
            except KeyboardInterrupt:
                self._optimisation.save(self._checkpoint, self._run)
                raise
        if first >= last:  # All was learned before.
            yield self.check()

    def check_initial(self) -> Check:
        """Look at the held-out pictures with the weights that the student came with."""
        return replace(self._check(self._initial, None), step=0)

    def check(self, loss: float | None = None) -> Check:
        """Look at the held-out pictures with the averaged weights."""
        return self._check(self._optimisation.averaged(), loss)

    def _check(self, weights: Mapping[str, torch.Tensor], loss: float | None) -> Check:
        embeddings = self._embed(self._held_out, weights)
        targets = self._held_out.imitated
        similarity = embeddings @ embeddings.T
        np.fill_diagonal(similarity, -2)
        wanted = self._held_out.similarity(np.arange(len(targets)))
        np.fill_diagonal(wanted, -2)
        nearest = similarity.argmax(1)
        groups = np.array([group or "" for group in self._held_out.groups])
        shared = np.array([group != "" and (groups == group).sum() > 1 for group in groups])
        hit = groups[nearest] == groups
        return Check(
            step=self._optimisation.step,
            loss=loss,
            cosine=float((embeddings * targets).sum(1).mean()),
            agreement=float((nearest == wanted.argmax(1)).mean()),
            group_recall=float(hit[shared].mean()) if shared.any() else None,
        )

    def result(self, keep: float = 0.0) -> dict[str, torch.Tensor]:
        """Give the student's weights by timm's names, averaged over the last steps.

        Args:
            keep: share of the initial weights in the result, 0..1: less is learned and less
                forgotten (WiSE-FT, Wortsman et al. 2022).
        """
        averaged = self._optimisation.averaged()
        tensors = {}
        # What doesn't learn belongs into the file too; buffers that timm computes anew don't.
        for name, tensor in self._student.model.state_dict().items():
            own = f"model.{name}"
            if own in averaged:
                tensor = torch.lerp(averaged[own], self._initial[own], keep)
            tensors[name] = tensor.cpu()
        return tensors

    def _learn(self, batch: Sequence[tuple[int, Pixels]]) -> float:
        rows = np.array([row for row, _ in batch])
        own = torch.from_numpy(rows).to(self._anchors.device)
        self._student.train()
        # Which patches are left out is drawn from torch's own generator.
        with torch.random.fork_rng():
            torch.manual_seed(self._options.seed * self._options.steps + self._optimisation.step)
            embeddings = self._student(to_tensor([pixels for _, pixels in batch]))
        loss = feature_loss(embeddings, self._anchors[own])
        loss = loss + self._options.neighbour_weight * neighbour_loss(
            embeddings,
            self._anchors,
            torch.from_numpy(self._lessons.similarity(rows)).to(own.device),
            own,
            self._options.temperature,
        )
        if not bool(torch.isfinite(loss)):
            raise TrainingError(
                f"step {self._optimisation.step + 1}: the loss is not finite; start anew with a"
                " lower --learning-rate and --restart"
            )
        self._optimisation.take_step(loss)
        return float(loss.detach())

    def _pixels(self, first_step: int, last_step: int) -> Iterator[tuple[int, Pixels]]:
        """Yield rows and their varied pixels, the same ones for the same seed and step."""
        size = self._options.batch_size
        places = range(first_step * size, last_step * size)
        preprocessing = self._student.preprocessing

        def load(place: int) -> tuple[int, Pixels]:
            row = row_at(place, len(self._lessons), self._options.seed)
            random = np.random.default_rng((self._options.seed, place))
            image = self._open(self._lessons.path(row))
            return row, self._options.augmentation.apply(image, preprocessing, random)

        return prefetch(load, places, workers=decoding_threads(), ahead=_AHEAD * size)

    def _open(self, path: Path) -> Image.Image:
        min_side = self._student.preprocessing.min_side
        try:
            return open_image(path, max_pixels=self._max_pixels, min_side=min_side)
        except ImageRejected as error:
            # Its teacher could read it a while ago.
            raise TrainingError(
                f"{error}: it was there when the training began; put it back, or run the"
                " command again with --restart"
            ) from error

    def _embed(self, pictures: Teaching, weights: Mapping[str, torch.Tensor]) -> Embeddings:
        prepare = self._student.preprocessing.preparer()
        self._student.look_at_part(0.0)
        self._student.eval()
        embeddings = []
        with torch.inference_mode():
            for rows in batched(range(len(pictures)), _CHECK_BATCH):
                pixels = [prepare(self._open(pictures.path(row))) for row in rows]
                embeddings.append(functional_call(self._student, dict(weights), to_tensor(pixels)))
        return torch.cat(embeddings).cpu().numpy()


def _digest(lessons: Teaching, options: DistilOptions, initial: Mapping[str, torch.Tensor]) -> str:
    """Name everything that the result depends on."""
    digest = hashlib.sha256(json.dumps(asdict(options), sort_keys=True).encode())
    digest.update("\n".join(lessons.hashes).encode())
    for targets in (lessons.imitated, *lessons.targets):
        digest.update(np.ascontiguousarray(targets).data)
    digest.update(repr(lessons.weights).encode())
    digest.update(weights_digest({name: p.cpu() for name, p in initial.items()}).encode())
    return digest.hexdigest()

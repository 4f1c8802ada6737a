"""The teachers of a student, and the lessons that they prepare for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vsearch.encoder.interface import Embeddings, EncoderSpec
from vsearch.encoder.load import load_spec
from vsearch.errors import TrainingError
from vsearch.progress import Progress
from vsearch.training.alignment import aligned, alignment
from vsearch.training.pictures import Readable, Refused
from vsearch.training.targets import teacher_embeddings
from vsearch.training.teaching import Teaching, towards_groups

#: Pictures that tell how two encoders' spaces lie to each other: several for each dimension.
_ENOUGH_TO_ALIGN = 4000


@dataclass(frozen=True, slots=True)
class Teacher:
    """Who says what a picture looks like."""

    encoder: EncoderSpec

    views: Sequence[str] = ("centre", "zoom", "whole")
    """Of each picture, that it sees; see ``views.view``."""

    weight: float = 1.0
    """Of its similarities beside the other teachers'."""


@dataclass(frozen=True, slots=True)
class School:
    """Who teaches whom, and where what the teachers say is kept."""

    teachers: Sequence[Teacher]
    student: EncoderSpec
    cache: Path

    group_share: float
    """How far a picture's target moves towards the mean of its group, 0..1."""

    device: str
    max_pixels: int

    def prepare(
        self, learn: Sequence[Readable], held_out: Sequence[Readable], progress: Progress
    ) -> tuple[Teaching, Teaching, list[Refused]]:
        """Let the teachers look at every picture.

        Returns:
            What to learn from, what to check with, and the pictures that can't be decoded.

        Raises:
            TrainingError: nothing is left on either side.
            EncoderError: a teacher or the student can't be loaded.
        """
        lessons, refused = self._teaching(learn, progress)
        check, more_refused = self._teaching(held_out, progress)
        if not len(lessons) or not len(check):
            raise TrainingError(
                f"{len(lessons)} pictures to learn from and {len(check)} held out: both are"
                " needed; give more pictures or another --held-out"
            )
        if self.student != self.teachers[0].encoder:
            some = slice(0, _ENOUGH_TO_ALIGN)
            own, _ = self._look(
                Teacher(self.student, ("centre",)), lessons.pictures[some], progress
            )
            onto = alignment(lessons.imitated[some], own)
            lessons = replace(lessons, imitated=aligned(lessons.imitated, onto))
            check = replace(check, imitated=aligned(check.imitated, onto))
        return lessons, check, refused + more_refused

    def _teaching(
        self, pictures: Sequence[Readable], progress: Progress
    ) -> tuple[Teaching, list[Refused]]:
        seen = []
        refused: dict[Path, Refused] = {}
        for teacher in self.teachers:
            embeddings, bad = self._look(teacher, pictures, progress)
            refused |= {one.path: one for one in bad}
            seen.append(embeddings)
        usable = np.array([one.picture.path not in refused for one in pictures], bool)
        kept = [one for one, is_usable in zip(pictures, usable, strict=True) if is_usable]
        groups = [one.picture.group for one in kept]
        targets = [towards_groups(rows[usable], groups, self.group_share) for rows in seen]
        weights = [teacher.weight for teacher in self.teachers]
        return Teaching(kept, targets[0], targets, weights), list(refused.values())

    def _look(
        self, teacher: Teacher, pictures: Sequence[Readable], progress: Progress
    ) -> tuple[Embeddings, list[Refused]]:
        encoder = load_spec(teacher.encoder, device=self.device, max_pixels=self.max_pixels)
        return teacher_embeddings(
            encoder, teacher.views, pictures, self.cache, progress, max_pixels=self.max_pixels
        )

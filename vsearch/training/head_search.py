"""Finds how strongly a head should be fitted, by what it does for pictures it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from vsearch.encoder.head import Head
from vsearch.errors import TrainingError
from vsearch.progress import Progress
from vsearch.training.discriminant import HeadOptions, fit_head
from vsearch.training.examples import Examples, Numbers
from vsearch.training.judging import Figures, HeldOut, Judge

_HELD_BACK = 0.2

#: From the gentlest to the most daring.
_STRENGTHS = tuple((shrinkage, share) for share in (0.0, 0.5, 0.8) for shrinkage in (0.9, 0.3, 0.1))


@dataclass(frozen=True)
class Trial:
    """One way to fit a head, and how it fared."""

    options: HeadOptions

    new: Figures
    """Held-out products: the head has seen no picture of them."""

    known: Figures | None
    """Held-back pictures of products that the head has seen; None where there are none."""

    @property
    def score(self) -> float:
        """Mean mAP over both, which a head for a living catalogue needs alike."""
        precisions = [figures.precision for figures in (self.new, self.known) if figures]
        return float(np.mean([np.nanmean(precision) for precision in precisions]))


@dataclass(frozen=True)
class Judges:
    """Those who judge one split, of products and of pictures."""

    new: HeldOut
    known: HeldOut | None
    rows: Numbers
    """To learn from while it is judged."""


def judges(examples: Examples, seed: int) -> Judges:
    """Split the examples.

    Raises:
        TrainingError: no held-out product has anything to find.
    """
    new = Judge(examples, seed)
    held_back = examples.with_pictures_held_back(_HELD_BACK, seed)
    try:
        known = Judge(held_back, seed)
    except TrainingError:  # Two pictures of each product, say.
        return Judges(new, None, examples.learnable())
    rows = examples.learnable()
    return Judges(new, known, rows[~held_back.is_held_out[rows]])


def fit(examples: Examples, rows: Numbers, options: HeadOptions) -> Head:
    """Fit a head to some rows."""
    return fit_head(
        examples.embeddings[rows], examples.labels[rows], examples.weights[rows], options
    )


def search_head(
    examples: Examples,
    split: Judges,
    options: HeadOptions,
    progress: Progress,
    tell: Callable[[Trial], object],
) -> tuple[Trial, Head]:
    """Fit heads of several strengths and give the best with its trial.

    Args:
        examples: all of them; what is held out is only judged with.
        split: who judges.
        options: what all the heads have in common.
        progress: told of each.
        tell: hears every trial.
    """
    best: tuple[Trial, Head] | None = None
    with progress.stage("head", len(_STRENGTHS), "heads") as advance:
        for shrinkage, share in _STRENGTHS:
            tried = replace(options, shrinkage=shrinkage, wave_share=share)
            head = fit(examples, split.rows, tried)
            trial = Trial(
                tried,
                split.new.judge(examples, head.apply),
                split.known.judge(examples, head.apply) if split.known else None,
            )
            tell(trial)
            advance(1)
            if best is None or trial.score > best[0].score:
                best = trial, head
    if best is None:
        raise AssertionError("there are strengths to try")
    return best

"""What quantising has cost and what it has brought, measured on the encoders themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import numpy.typing as npt

from vsearch.encoder.interface import Encoder
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.errors import EvaluationError
from vsearch.evaluation.embed import embed_files
from vsearch.evaluation.interval import Interval, bootstrap
from vsearch.evaluation.labelled_set import LabelledSet, match_labelled
from vsearch.evaluation.metrics import PerQuery, recall_at_k
from vsearch.progress import Progress

LARGE_BATCH = 32

_ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds an image, of pixels that are prepared, the fastest of several."""

    alone: float
    """One at a time, as for a query."""

    batched: float
    """32 at a time, as for a catalogue."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cosine between the embeddings of two encoders, picture by picture."""

    mean: float
    worst: float


@dataclass(frozen=True, slots=True)
class Recall:
    """R@1 of two encoders on the same queries."""

    set: str
    queries: int
    before: Interval
    after: Interval
    lost: Interval
    """Query by query; negative where it is gained."""


def agreement(
    first: TimmEncoder, second: TimmEncoder, pixels: Sequence[npt.NDArray[np.uint8]]
) -> Agreement:
    """Compare embeddings of prepared pictures, (height, width, 3) uint8 each."""
    cosines = np.concatenate(
        [
            np.sum(first.encode_prepared(batch) * second.encode_prepared(batch), axis=1)
            for start in range(0, len(pixels), LARGE_BATCH)
            for batch in (np.stack(pixels[start : start + LARGE_BATCH]),)
        ]
    )
    return Agreement(float(cosines.mean()), float(cosines.min()))


def costs(encoders: Sequence[TimmEncoder], pixels: Sequence[npt.NDArray[np.uint8]]) -> list[Cost]:
    """Time encoders turn by turn, so that what else the machine does hits all alike."""
    batch = np.stack([pixels[row % len(pixels)] for row in range(LARGE_BATCH)])
    best = np.full((len(encoders), 2), np.inf)
    for _ in range(_ROUNDS):
        for row, encoder in enumerate(encoders):
            batched = _seconds(encoder, batch) / LARGE_BATCH
            alone = min(_seconds(encoder, batch[:1]) for _ in range(_ROUNDS))
            best[row] = np.minimum(best[row], (alone, batched))
    return [Cost(*(best[row] * 1000).tolist()) for row in range(len(encoders))]


def recall(
    before: Encoder, after: Encoder, labelled: LabelledSet, progress: Progress, *, max_pixels: int
) -> Recall:
    """Measure both on a labelled set; what can't be read is left out.

    Raises:
        EvaluationError: nothing is left to measure.
    """
    paths = labelled.paths
    figures: list[PerQuery] = []
    for name, encoder in (("before", before), ("after", after)):
        with progress.stage(f"R@1 {name}", len(paths), "images") as advance:
            embedded = embed_files(encoder, paths, max_pixels=max_pixels, advance=advance)
        if not embedded.paths:
            raise EvaluationError(f"{labelled.name}: none of its {len(paths)} pictures can be read")
        if embedded.refused:
            labelled = labelled.without(embedded.refused.keys())
        matches = match_labelled(embedded.paths, embedded.embeddings, labelled)
        figures.append(recall_at_k(matches, 1))
    first, second = figures
    return Recall(
        labelled.name,
        len(labelled.queries),
        bootstrap(first),
        bootstrap(second),
        bootstrap(first - second),
    )


def _seconds(encoder: Encoder, batch: npt.NDArray[np.uint8]) -> float:
    started = perf_counter()
    encoder.encode_prepared(batch)
    return perf_counter() - started

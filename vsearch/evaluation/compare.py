"""Several encoders on one labelled set: what each finds and what it costs."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt
from PIL import Image

from vsearch.encoder.interface import Embeddings, Encoder
from vsearch.errors import EvaluationError, ImageRejected, VsearchError
from vsearch.evaluation.embed import embed_files, prepare_file
from vsearch.evaluation.interval import Interval, bootstrap
from vsearch.evaluation.labelled_set import LabelledSet, match_labelled
from vsearch.evaluation.metrics import average_precision, recall_at_k
from vsearch.evaluation.speed import Speed, measure_speed
from vsearch.progress import Advance, Progress, Silence


@dataclass(frozen=True, slots=True)
class Candidate:
    """An encoder that is to be compared, not loaded yet."""

    name: str
    """What the user calls it."""

    load: Callable[[], Encoder]
    """Raises ``EncoderError`` where it can't be loaded."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How well queries find what they should, with 95% intervals over the queries."""

    recall_at_1: Interval
    recall_at_5: Interval
    mean_average_precision: Interval


@dataclass(frozen=True, slots=True)
class Measurement:
    """One encoder's figures."""

    name: str
    """Of the candidate."""

    encoder: str
    """What the encoder calls itself."""

    fingerprint: str
    quality: Quality
    speed: Speed

    end_to_end_images_per_s: float
    """Reading and decoding the set's files included."""

    load_s: float
    """Until the encoder was ready, in seconds; imports included for the first one."""

    dim: int
    """Length of an embedding; a float32 each."""

    parameters: int | None
    """How many numbers the encoder was trained in; None where it doesn't say."""

    @property
    def embedding_bytes(self) -> int:
        """What a stored embedding takes."""
        return self.dim * np.dtype(np.float32).itemsize


@dataclass(frozen=True, slots=True)
class Failure:
    """An encoder that couldn't be measured."""

    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Figures of several encoders on the same pictures."""

    labelled: LabelledSet
    """What was measured on, without the pictures that can't be read."""

    refused: Mapping[Path, str]
    """The pictures that can't be read, with the reason."""

    results: tuple[Measurement | Failure, ...]
    """One for each candidate, in their order."""

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """Of the encoders that could be measured."""
        return tuple(one for one in self.results if isinstance(one, Measurement))

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The encoders that couldn't."""
        return tuple(one for one in self.results if isinstance(one, Failure))


def compare(
    candidates: Sequence[Candidate],
    labelled: LabelledSet,
    *,
    max_pixels: int,
    progress: Progress | None = None,
) -> Comparison:
    """Measure encoders one after another, each released before the next is loaded.

    All see the same pictures in the same order. Each decodes them anew: that is part of what a
    user waits for, and cheaper for an encoder of small pictures.

    Args:
        candidates: which.
        labelled: on what.
        max_pixels: a picture with more is left out, and named in ``refused``.
        progress: told of each candidate as a stage.

    Raises:
        EvaluationError: so many pictures can't be read that nothing is left to measure.
    """
    listener = progress or Silence()
    refused: Mapping[Path, str] | None = None
    results: list[Measurement | Failure] = []
    for candidate in candidates:
        with listener.stage(candidate.name, len(labelled.paths), "images") as advance:
            try:
                measurement, left, bad = _measure(
                    candidate, labelled, max_pixels, advance, may_refuse=refused is None
                )
            except EvaluationError:
                raise
            # RuntimeError is what torch makes of a device that is out of memory.
            except (VsearchError, RuntimeError, MemoryError) as error:
                results.append(Failure(candidate.name, str(error) or type(error).__name__))
            else:
                results.append(measurement)
                labelled, refused = left, bad if refused is None else refused
        gc.collect()
    return Comparison(labelled, refused or {}, tuple(results))


def measure_quality(
    paths: Sequence[Path], embeddings: Embeddings, labelled: LabelledSet
) -> Quality:
    """Rank the gallery for each query.

    Args:
        paths: of the embeddings, every picture of the set among them.
        embeddings: (n, dim) float32, L2-normalised.
        labelled: what should find what.
    """
    matches = match_labelled(paths, embeddings, labelled)
    return Quality(
        recall_at_1=bootstrap(recall_at_k(matches, 1)),
        recall_at_5=bootstrap(recall_at_k(matches, 5)),
        mean_average_precision=bootstrap(average_precision(matches)),
    )


def _measure(
    candidate: Candidate,
    labelled: LabelledSet,
    max_pixels: int,
    advance: Advance,
    *,
    may_refuse: bool,
) -> tuple[Measurement, LabelledSet, Mapping[Path, str]]:
    """One encoder's figures, the set without what can't be read, and why that can't."""
    started = perf_counter()
    encoder = candidate.load()
    load_s = perf_counter() - started
    # The first batch pays for what is set up once.
    blank = encoder.prepare(Image.new("RGB", (encoder.min_side, encoder.min_side)))
    encoder.encode_prepared(np.stack([blank] * encoder.batch_size))

    paths = labelled.paths
    embedded = embed_files(encoder, paths, max_pixels=max_pixels, advance=advance)
    if embedded.refused:
        path, reason = next(iter(embedded.refused.items()))
        if not may_refuse:
            raise ImageRejected(f"{reason}, but could be read before; compare again", str(path))
        if not embedded.paths:
            raise EvaluationError(
                f"{labelled.name}: none of its {len(paths)} pictures can be read; the first is"
                f" {path}: {reason}"
            )
        labelled = labelled.without(embedded.refused.keys())
    measurement = Measurement(
        name=candidate.name,
        encoder=encoder.name,
        fingerprint=encoder.fingerprint,
        quality=measure_quality(embedded.paths, embedded.embeddings, labelled),
        speed=measure_speed(encoder, _pixels(encoder, embedded.paths, max_pixels)),
        end_to_end_images_per_s=len(paths) / embedded.seconds,
        load_s=load_s,
        dim=encoder.dim,
        parameters=getattr(encoder, "parameters", None),
    )
    return measurement, labelled, embedded.refused


def _pixels(encoder: Encoder, paths: Sequence[Path], max_pixels: int) -> npt.NDArray[np.uint8]:
    """One batch as the encoder takes it, or less where there are less pictures."""
    prepared = (prepare_file(encoder, path, max_pixels=max_pixels) for path in paths)
    usable = (pixels for pixels in prepared if not isinstance(pixels, ImageRejected))
    return np.stack(list(islice(usable, encoder.batch_size)))

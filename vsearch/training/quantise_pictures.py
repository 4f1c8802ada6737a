"""Which pictures set the ranges of an int8 encoder, and which only judge it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vsearch.encoder.interface import Encoder, Pixels
from vsearch.encoder.prefetch import prefetch
from vsearch.errors import ImageRejected, TrainingError
from vsearch.evaluation.embed import prepare_file
from vsearch.progress import Progress
from vsearch.training.pictures import Readable, Refused, data_digest, read_pictures
from vsearch.training.targets import hash_pictures

FEWEST = 16
"""Pictures without which no range can be set."""

_MOST_HELD_OUT = 128
_HELD_OUT_SHARE = 4


@dataclass(frozen=True)
class Chosen:
    """Pictures as the encoder takes them, (height, width, 3) uint8 each."""

    calibration: Sequence[Pixels]
    held_out: Sequence[Pixels]

    sha256: str
    """Over the contents of those that calibrate."""

    refused: Sequence[Refused]


def choose(
    encoder: Encoder,
    sources: Sequence[Path],
    *,
    calibrate: int,
    seed: int,
    max_pixels: int,
    progress: Progress,
) -> Chosen:
    """Draw pictures at random: no content twice, at least a quarter of few is held out.

    Args:
        encoder: whose ``prepare`` they go through.
        sources: folders and CSV files.
        calibrate: how many set the ranges, where there are as many.
        seed: of the drawing.
        max_pixels: a picture with more is refused.
        progress: told of the pictures.

    Raises:
        TrainingError: there are fewer than 16 that can be read.
    """
    pictures = read_pictures(sources)
    order = np.random.default_rng(seed).permutation(len(pictures))
    wanted = calibrate + min(_MOST_HELD_OUT, max(FEWEST, calibrate))
    readable, refused = hash_pictures([pictures[row] for row in order[:wanted]], progress)
    prepared: list[tuple[Readable, Pixels]] = []

    def prepare(one: Readable) -> tuple[Readable, Pixels | ImageRejected]:
        return one, prepare_file(encoder, one.picture.path, max_pixels=max_pixels)

    loaded = prefetch(prepare, readable, workers=encoder.decoders, ahead=4 * encoder.decoders)
    with progress.stage("decode", len(readable), "images") as advance:
        for one, pixels in loaded:
            advance(1)
            if isinstance(pixels, ImageRejected):
                refused.append(Refused(one.picture.path, pixels.reason))
            else:
                prepared.append((one, pixels))
    if len(prepared) < FEWEST:
        named = ", ".join(map(str, sources))
        raise TrainingError(
            f"{named}: {len(prepared)} different pictures that can be read; at least {FEWEST} are"
            " needed to set the ranges and to check them"
        )
    held_out = min(_MOST_HELD_OUT, max(len(prepared) // _HELD_OUT_SHARE, len(prepared) - calibrate))
    cut = len(prepared) - held_out
    return Chosen(
        calibration=[pixels for _, pixels in prepared[:cut]],
        held_out=[pixels for _, pixels in prepared[cut:]],
        sha256=data_digest(one.content_hash for one, _ in prepared[:cut]),
        refused=refused,
    )

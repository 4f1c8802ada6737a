"""What a quantisation is asked for, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.load import DEFAULT_MAX_PIXELS
from vsearch.training.quantise_check import Agreement, Cost, Recall
from vsearch.training.quantise_pictures import Chosen


@dataclass(frozen=True, slots=True)
class QuantiseRequest:
    """What ``vsearch train quantise`` was asked for."""

    encoder: EncoderSpec

    sources: Sequence[Path]
    """Folders of pictures and CSV files."""

    output: Path

    calibrate: int = 256
    """How many pictures set the ranges."""

    labelled: Path | None = None
    """A labelled set to measure R@1 on."""

    allow_worse: bool = False
    """Whether an encoder that has lost too much is written all the same."""

    seed: int = 0
    """Of the choice of pictures."""

    name: str | None = None
    """Of the new encoder, for people; None is the old one's, or the output's file name."""

    max_pixels: int = DEFAULT_MAX_PIXELS


@dataclass(frozen=True)
class QuantiseResult:
    """What came out."""

    output: Path
    size: int
    """Of the file, in bytes."""

    chosen: Chosen

    kept: Sequence[str]
    """Layers that stay float."""

    agreement: Agreement
    """With the float encoder, on pictures that set no range."""

    formats: tuple[str, str]
    """The number formats that ran here before and after."""

    before: Cost
    after: Cost
    recall: Recall | None

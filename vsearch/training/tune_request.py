"""What ``vsearch train tune`` is asked for, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from vsearch.settings import Settings
from vsearch.training.discriminant import HeadOptions
from vsearch.training.judging import Difference, Figures
from vsearch.training.pairs import Skipped

if TYPE_CHECKING:
    from vsearch.training.tune_blocks import BlockOptions


class Method(StrEnum):
    """What of the encoder learns."""

    HEAD = "head"
    """A map of its embeddings; no picture is looked at."""
    LORA = "lora"
    """Low-rank changes to the last blocks, and a head."""
    BLOCKS = "blocks"
    """The last blocks as a whole, and a head."""


@dataclass(frozen=True, slots=True)
class TuneRequest:
    """A tuning."""

    collection: Path

    settings: Settings

    output: Path

    work: Path
    """Embeddings of query photos, and the checkpoint."""

    positives: str | None = None
    """See ``positives.parse_positives``; None means several images of a product."""

    pairs: Path | None = None

    events: bool = False
    """Whether what shoppers met in one session is learned from, instead of ``positives``."""

    method: Method = Method.HEAD

    held_out: float = 0.2
    """Share of the products that the encoder is judged by; of the sessions, the newest, where
    events are learned from."""

    refit: bool = True
    """Whether the result learns from the held-out products, too, once it has been judged."""

    allow_worse: bool = False

    seed: int = 0

    name: str | None = None
    """Of the new encoder; None is the output's file name."""

    head: HeadOptions = field(default_factory=HeadOptions)

    blocks: BlockOptions | None = None
    """How the blocks learn, where they do."""

    restart: bool = False
    """Whether a checkpoint that lies in ``work`` is forgotten."""


@dataclass(frozen=True)
class Judged:
    """One kind of question, before and after."""

    set: str
    queries: int
    before: Figures
    after: Figures
    difference: Difference


@dataclass(frozen=True)
class TuneResult:
    """What came out."""

    output: Path
    judged: Sequence[Judged]
    """Held-out products first: they decide."""

    chosen: Mapping[str, float]
    """What the search settled on."""

    pictures: int
    """Learned from in the end."""

    labels: int
    products: int
    """Held out and judged with."""

    dim: int
    skipped: Sequence[Skipped]
    """Rows of the pairs."""

    notes: Sequence[str]

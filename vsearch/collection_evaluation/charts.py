"""What the report's plots show, in the coordinates in which they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log, sqrt

import numpy as np

from vsearch.collection_evaluation.measured import Evaluation, Measured
from vsearch.evaluation.metrics import recall_at_k

WIDTH, HEIGHT = 440, 250
LEFT, RIGHT, TOP, BOTTOM = 44, 18, 12, 40

_POINTS = 60
_BINS = 24
_SCORE_STEP = 0.05
_MOST_TICKS = 8
_LARGEST_DOT = 14


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    """In the drawing's units."""

    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One setting's curve."""

    name: str

    points: str
    """``x,y x,y …`` as an SVG polyline takes them."""


@dataclass(frozen=True, slots=True)
class RecallCurve:
    """R@k over k, which grows by factors along the axis."""

    lines: tuple[Line, ...]
    k_ticks: tuple[Tick, ...]
    recall_ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A box, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    is_right: bool


@dataclass(frozen=True, slots=True)
class ScoreHistogram:
    """How sure first hits are, those that are right and those that are wrong stacked."""

    name: str
    """Of the setting."""

    bars: tuple[Bar, ...]
    score_ticks: tuple[Tick, ...]
    count_ticks: tuple[Tick, ...]
    right: int
    wrong: int


def recall_curve(evaluation: Evaluation) -> RecallCurve:
    """R@1 to R@depth of each setting."""
    depth = evaluation.depth
    ks = np.unique(np.round(np.geomspace(1, depth, _POINTS)).astype(int)).tolist()
    values = [
        [float(np.nanmean(recall_at_k(one.matches, k))) for k in ks] for one in evaluation.measured
    ]
    lowest = np.floor(min(min(line) for line in values) * 10) / 10
    lowest = min(float(lowest), 0.9)

    def across(k: int) -> float:
        return _across(log(k) / log(depth))

    def down(value: float) -> float:
        return _up((value - lowest) / (1 - lowest))

    return RecallCurve(
        lines=tuple(
            Line(
                one.setting.name,
                " ".join(
                    f"{across(k):.1f},{down(value):.1f}" for k, value in zip(ks, line, strict=True)
                ),
            )
            for one, line in zip(evaluation.measured, values, strict=True)
        ),
        k_ticks=tuple(Tick(across(k), f"{k:,}") for k in _round_numbers(depth)),
        recall_ticks=tuple(
            Tick(down(float(value)), f"{value:.2f}".rstrip("0").rstrip("."))
            for value in np.linspace(lowest, 1, _steps(1 - lowest) + 1)
        ),
    )


@dataclass(frozen=True, slots=True)
class Dot:
    """Answers of about one confidence."""

    x: float
    y: float

    radius: float
    """Its area grows with the answers."""

    text: str

    setting: int
    """The place of the one it belongs to."""


@dataclass(frozen=True, slots=True)
class ReliabilityPlot:
    """The share of right first hits over the confidence that they were given."""

    dots: tuple[Dot, ...]
    confidence_ticks: tuple[Tick, ...]
    share_ticks: tuple[Tick, ...]


def reliability_plot(evaluation: Evaluation) -> ReliabilityPlot | None:
    """Of all settings that give confidences; None where none does."""
    dots = [
        Dot(
            _across(each.confidence),
            _up(each.right),
            3 + _LARGEST_DOT * sqrt(each.answers / len(evaluation.queries)),
            f"{each.answers} at {each.confidence:.0%}: {each.right:.0%} right",
            setting,
        )
        for setting, one in enumerate(evaluation.measured)
        if one.reliability is not None
        for each in one.reliability.bins
    ]
    quarters = [quarter / 4 for quarter in range(5)]
    return (
        ReliabilityPlot(
            dots=tuple(dots),
            confidence_ticks=tuple(Tick(_across(share), f"{share:.0%}") for share in quarters),
            share_ticks=tuple(Tick(_up(share), f"{share:.0%}") for share in quarters),
        )
        if dots
        else None
    )


def score_histogram(one: Measured, low: float, high: float) -> ScoreHistogram:
    """The first hits' scores of one setting, from ``low`` to ``high``."""
    found = [number for number, answer in enumerate(one.answers) if answer.skus]
    scores = np.array([one.answers[number].scores[0] for number in found], np.float64)
    scores = scores.clip(low, high)
    is_right = np.array([one.first_right(number) == 1 for number in found], bool)
    edges = np.linspace(low, high, _BINS + 1)
    wrong, right = (np.histogram(scores[mask], edges)[0] for mask in (~is_right, is_right))
    tallest = max(1, int((wrong + right).max(initial=0)))
    width = (WIDTH - LEFT - RIGHT) / _BINS
    bars = []
    for number, (bad, good) in enumerate(zip(wrong.tolist(), right.tolist(), strict=True)):
        x = LEFT + number * width
        for below, count, kind in ((0, bad, False), (bad, good, True)):
            if count:
                y = _up((below + count) / tallest)
                bars.append(Bar(x + 1, y, width - 2, _up(below / tallest) - y, kind))
    return ScoreHistogram(
        name=one.setting.name,
        bars=tuple(bars),
        score_ticks=tuple(
            Tick(_across((score - low) / (high - low)), f"{score:.2f}")
            for score in _score_ticks(low, high)
        ),
        count_ticks=tuple(Tick(_up(count / tallest), str(count)) for count in (0, tallest)),
        right=int(is_right.sum()),
        wrong=int((~is_right).sum()),
    )


def score_histograms(evaluation: Evaluation) -> tuple[ScoreHistogram, ...]:
    """Of each setting, all on one scale."""
    every = [
        float(answer.scores[0])
        for one in evaluation.measured
        for answer in one.answers
        if answer.skus
    ]
    low, high = (min(every), max(every)) if every else (0.0, 1.0)
    low = floor(low / _SCORE_STEP) * _SCORE_STEP
    # A hit that is the query itself may have a score of 1 and a rounding.
    high = max(ceil(high / _SCORE_STEP - 1e-3) * _SCORE_STEP, low + _SCORE_STEP)
    return tuple(score_histogram(one, low, high) for one in evaluation.measured)


def _score_ticks(low: float, high: float) -> Sequence[float]:
    count = round((high - low) / _SCORE_STEP) + 1
    step = -(-count // _MOST_TICKS)
    return [low + number * _SCORE_STEP for number in range(0, count, step)]


def _across(share: float) -> float:
    """From 0 on the left to 1 on the right."""
    return LEFT + (WIDTH - LEFT - RIGHT) * share


def _up(share: float) -> float:
    """From 0 at the bottom to 1 at the top."""
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share


def _round_numbers(most: int) -> Sequence[int]:
    every = [digit * 10**power for power in range(5) for digit in (1, 2, 5)]
    return [number for number in every if number <= most]


def _steps(span: float) -> int:
    """So many ticks that they stand at round values."""
    tenths = round(span * 10)
    return tenths if tenths > 2 else tenths * 2

"""Comparing encoders: the figures, what can't be read, what can't be loaded."""

from __future__ import annotations

import weakref
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from vsearch.encoder.interface import Encoder
from vsearch.encoder.load import load_encoder
from vsearch.errors import EncoderError, EvaluationError
from vsearch.evaluation.compare import Candidate, compare
from vsearch.evaluation.open_labelled import open_labelled

COLOURS = ("red", "lime", "blue", "white")
LIMIT = 10**6


class ByColour:
    """Embeds a picture as its mean colour: of one colour each, it finds what it should."""

    name = "by colour"
    fingerprint = "0" * 32
    dim, min_side, batch_size, decoders = 3, 8, 4, 2

    def __init__(self, fault: Exception | None = None, value: float = 1.0) -> None:
        self._fault = fault
        self._value = value
        self.pictures = 0

    def prepare(self, image):
        return np.asarray(image.resize((8, 8)))

    def encode_prepared(self, pixels):
        if self._fault is not None:
            raise self._fault
        self.pictures += len(pixels)
        means = pixels.reshape(len(pixels), -1, 3).mean(axis=1) + 0.01
        return (self._value * means / np.linalg.norm(means, axis=1, keepdims=True)).astype("f4")


class Blind(ByColour):
    """Sees the same in every picture."""

    def encode_prepared(self, pixels):
        return np.tile(np.array([[1, 0, 0]], np.float32), (len(pixels), 1))


@pytest.fixture
def folder(paint, tmp_path: Path) -> Path:
    for colour in COLOURS:
        for number in range(3):
            paint(f"{colour}/{number}.png", colour)
    return tmp_path


def candidate(encoder: object, name: str = "test") -> Candidate:
    return Candidate(name, lambda: encoder)  # type: ignore[arg-type, return-value]


def test_one_finds_everything_and_one_is_as_good_as_chance(folder: Path) -> None:
    labelled = open_labelled(folder)
    seeing, blind = ByColour(), Blind()
    comparison = compare(
        [candidate(seeing, "a"), candidate(blind, "b")], labelled, max_pixels=LIMIT
    )
    best, worst = comparison.measurements
    assert (best.name, worst.name) == ("a", "b")
    for figure in (best.quality.recall_at_1, best.quality.mean_average_precision):
        assert (figure.mean, figure.low, figure.high) == (1, 1, 1)
    # Two of the eleven others are right, in whatever order the folder has them.
    assert worst.quality.recall_at_1.mean == pytest.approx(2 / 11)
    assert (best.dim, best.embedding_bytes, best.parameters) == (3, 12, None)
    assert best.speed.batch_size == 4
    assert min(best.speed.images_per_s, best.speed.latency_ms, best.end_to_end_images_per_s) > 0
    assert comparison.refused == {}
    assert comparison.failures == ()


def test_a_picture_that_can_not_be_read_is_left_out_for_all(folder: Path) -> None:
    broken = folder / "red" / "1.png"
    broken.write_bytes(broken.read_bytes()[:60])
    comparison = compare(
        [candidate(ByColour(), "a"), candidate(ByColour(), "b")],
        open_labelled(folder),
        max_pixels=LIMIT,
    )
    assert list(comparison.refused) == [broken]
    assert "PNG" in comparison.refused[broken]
    assert len(comparison.labelled.gallery) == len(comparison.labelled.queries) == 11
    assert [one.quality.recall_at_1.mean for one in comparison.measurements] == [1, 1]


def test_no_picture_can_be_read(folder: Path) -> None:
    for path in folder.rglob("*.png"):
        path.write_bytes(b"nothing")
    with pytest.raises(EvaluationError, match=r"none of its 12 pictures can be read; the first is"):
        compare([candidate(ByColour())], open_labelled(folder), max_pixels=LIMIT)


def test_a_picture_that_goes_while_it_is_compared(folder: Path) -> None:
    def load() -> Encoder:
        (folder / "blue" / "2.png").unlink()
        return ByColour()  # type: ignore[return-value]

    comparison = compare(
        [candidate(ByColour(), "a"), Candidate("b", load)], open_labelled(folder), max_pixels=LIMIT
    )
    assert [one.name for one in comparison.measurements] == ["a"]
    (failure,) = comparison.failures
    assert "2.png: no such file, but could be read before" in failure.problem
    assert comparison.refused == {}


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (EncoderError("no such thing"), "no such thing"),
        (RuntimeError("out of memory"), "out of memory"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_one_that_fails_does_not_stop_the_others(
    folder: Path, fault: Exception, problem: str
) -> None:
    broken = Candidate("c", partial(load_encoder, "no_such_model"))
    comparison = compare(
        [candidate(ByColour(fault), "a"), broken, candidate(ByColour(), "b")],
        open_labelled(folder),
        max_pixels=LIMIT,
    )
    assert [type(one).__name__ for one in comparison.results] == [
        "Failure", "Failure", "Measurement"
    ]  # fmt: skip
    first, second = comparison.failures
    assert (first.name, first.problem) == ("a", problem)
    assert second.problem.startswith('encoder "no_such_model": timm has no such model')


def test_embeddings_that_are_not_finite_are_a_failure(folder: Path) -> None:
    comparison = compare(
        [candidate(ByColour(value=float("nan")))], open_labelled(folder), max_pixels=LIMIT
    )
    assert "not finite" in comparison.failures[0].problem


def test_an_encoder_is_released_before_the_next_is_loaded(folder: Path) -> None:
    first: list[weakref.ref[ByColour]] = []
    alive: list[bool] = []

    def load() -> Encoder:
        alive.extend(one() is not None for one in first)
        encoder = ByColour()
        first.append(weakref.ref(encoder))
        return encoder  # type: ignore[return-value]

    compare([Candidate("a", load), Candidate("b", load)], open_labelled(folder), max_pixels=LIMIT)
    assert len(first) == 2
    assert alive == [False]


@pytest.mark.parametrize(
    ("name", "dim", "parameters"),
    [("test_vit", 64, 306_240), ("mobilenetv3_small_100", 1024, 1_517_856)],
)
def test_a_vit_and_a_cnn(folder: Path, name: str, dim: int, parameters: int) -> None:
    load = partial(load_encoder, name, weights="random:0", device="cpu")
    comparison = compare([Candidate(name, load)], open_labelled(folder), max_pixels=LIMIT)
    (one,) = comparison.measurements
    assert one.dim == dim
    assert one.parameters == parameters
    # Even an untrained network tells plain colours apart, some better than none.
    assert one.quality.recall_at_1.mean > 2 / 11
    assert len(one.fingerprint) == 32

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vsearch.errors import TrainingError
from vsearch.progress import Silence
from vsearch.settings import Settings
from vsearch.training.discriminant import HeadOptions, fit_head
from vsearch.training.examples import UNKNOWN, Examples
from vsearch.training.head_search import judges, search_head
from vsearch.training.judging import Judge, difference
from vsearch.training.tune import NEW_PRODUCTS, compared, require_better
from vsearch.training.tune_request import TuneRequest

DIM = 24
NUISANCE = 8


def pictures(seed: int, labels: int = 40, each: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """What tells labels apart lies in the last axes; the first vary much and mean nothing."""
    random = np.random.default_rng(seed)
    centres = random.normal(0, 1, (labels, DIM))
    centres[:, :NUISANCE] = 0
    numbers = np.repeat(np.arange(labels), each)
    x = centres[numbers] + random.normal(0, 0.3, (len(numbers), DIM))
    x[:, :NUISANCE] += random.normal(0, 4, (len(numbers), NUISANCE))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x.astype(np.float32), numbers


def examples(x: np.ndarray, labels: np.ndarray, held: np.ndarray) -> Examples:
    return Examples(
        embeddings=x,
        labels=labels,
        hidden=np.full(len(x), UNKNOWN),
        products=labels,
        is_held_out=np.isin(labels, held),
        weights=np.ones(len(x), np.float32),
        contents=[f"{row:064x}" for row in range(len(x))],
        gallery=len(x),
    )


def fitted(x: np.ndarray, labels: np.ndarray, **options: float) -> np.ndarray:
    weights = np.ones(len(x), np.float32)
    return fit_head(x, labels, weights, HeadOptions(waves=64, **options)).apply(x)


@pytest.mark.parametrize("wave_share", [0.0, 0.8])
def test_what_varies_within_labels_is_taken_out(wave_share: float) -> None:
    x, labels = pictures(0)
    before = Judge(examples(x, labels, np.arange(40)), 0).judge_embeddings(x, x)

    y = fitted(x, labels, wave_share=wave_share)
    after = Judge(examples(x, labels, np.arange(40)), 0).judge_embeddings(y, y)

    assert before.recall.mean() < 0.5
    assert after.recall.mean() > 0.95


def test_a_linear_head_ignores_the_nuisance_for_labels_it_has_not_seen() -> None:
    x, labels = pictures(0)
    head = fit_head(x, labels, np.ones(len(x), np.float32), HeadOptions(wave_share=0))

    gains = np.linalg.norm(head.weight, axis=0)

    assert gains[:NUISANCE].max() < gains[NUISANCE:].min() / 2


def test_waves_tell_apart_what_no_plane_does() -> None:
    # Opposite corners of a square belong together: a linear map has both means in its middle.
    random = np.random.default_rng(0)
    corners = np.array([[1, 1], [-1, -1], [1, -1], [-1, 1]])[np.repeat(np.arange(4), 100)]
    x = np.hstack([0.4 * corners + random.normal(0, 0.05, (400, 2)), np.ones((400, 1))])
    x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    labels = np.repeat([0, 1], 200)

    def right(wave_share: float) -> float:
        y = fitted(x, labels, wave_share=wave_share, bandwidth=1.5)
        means = np.stack([y[labels == label].mean(0) for label in (0, 1)])
        return float(((y @ means.T).argmax(1) == labels).mean())

    assert right(0.0) < 0.8
    assert right(0.9) > 0.95


def test_the_same_seed_gives_the_same_head() -> None:
    x, labels = pictures(1)
    weights = np.ones(len(x), np.float32)

    digests = [
        fit_head(x, labels, weights, HeadOptions(waves=16, seed=seed)).digest for seed in (3, 3, 4)
    ]

    assert digests[0] == digests[1] != digests[2]


def test_a_weight_counts_as_that_many_copies() -> None:
    x, labels = pictures(2, labels=5)
    options = HeadOptions(wave_share=0, dim=4)
    doubled = np.concatenate([np.arange(len(x)), np.arange(6)])

    weighted = fit_head(
        x, labels, np.where(np.arange(len(x)) < 6, 2, 1).astype(np.float32), options
    )
    copied = fit_head(x[doubled], labels[doubled], np.ones(len(doubled), np.float32), options)

    # The turning at the end may differ; similarities may not.
    similarity = [head.apply(x) @ head.apply(x).T for head in (weighted, copied)]
    np.testing.assert_allclose(similarity[0], similarity[1], atol=0.05)


def test_the_search_improves_products_it_has_not_seen() -> None:
    x, labels = pictures(3)
    given = examples(x, labels, np.arange(10))
    split = judges(given, 0)
    before = split.new.judge(given, lambda embeddings: embeddings)

    trial, head = search_head(given, split, HeadOptions(waves=64), Silence(), lambda _trial: None)

    assert not np.isin(labels[split.rows], np.arange(10)).any()
    assert split.new.judge(given, head.apply).recall.mean() > before.recall.mean() + 0.2
    assert trial.known is not None
    assert not difference(before, trial.new).is_loss


def test_what_is_lost_is_called_a_loss() -> None:
    x, labels = pictures(4)
    given = examples(x, labels, np.arange(10))
    judge = Judge(given, 0)
    good = fit_head(x, labels, np.ones(len(x), np.float32), HeadOptions(waves=64))

    lost = difference(judge.judge(given, good.apply), judge.judge(given, lambda e: e))

    assert lost.is_loss
    assert lost.recall_at_1.high < 0


def test_a_picture_never_finds_itself_or_its_copy() -> None:
    x = np.eye(4, dtype=np.float32)[[0, 0, 1, 2]]
    given = examples(x, np.array([0, 0, 0, 1]), np.array([0]))
    given = Examples(**{**vars(given), "contents": ["a", "a", "b", "c"]})

    figures = Judge(given, 0).judge(given, lambda embeddings: embeddings)

    # Rows 0 and 1 are one picture: each may find row 2 only, as far away as row 3.
    assert figures.recall.tolist()[:2] == [0.5, 0.5]


def test_without_two_held_out_pictures_of_a_label_nothing_can_be_judged() -> None:
    x, labels = pictures(5, labels=3, each=1)

    with pytest.raises(TrainingError, match="no held-out picture has another one to find"):
        Judge(examples(x, labels, np.array([0])), 0)


def test_a_worse_encoder_is_refused_unless_it_is_allowed(tmp_path: Path) -> None:
    x, labels = pictures(4)
    given = examples(x, labels, np.arange(10))
    judge = Judge(given, 0)
    good = fit_head(x, labels, np.ones(len(x), np.float32), HeadOptions(waves=64))
    lost = compared(NEW_PRODUCTS, judge.judge(given, good.apply), judge.judge(given, lambda e: e))
    request = TuneRequest(tmp_path, Settings(), tmp_path / "out.safetensors", tmp_path)

    with pytest.raises(TrainingError, match=r"out.safetensors: not written: .* mAP -0\.\d+ \(-0"):
        require_better(lost, request)

    require_better(lost, replace(request, allow_worse=True))

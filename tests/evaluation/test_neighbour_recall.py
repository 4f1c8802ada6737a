"""What an index finds of the nearest, equal ones counting for each other."""

from __future__ import annotations

import numpy as np
import pytest

from vsearch.evaluation.neighbour_recall import neighbour_recall


def rows(*values: list[float]) -> np.ndarray:
    return np.array(values, np.float32)


def test_the_share_of_the_nearest_that_came() -> None:
    exact = rows([0.9, 0.8, 0.7, 0.6])
    assert neighbour_recall(exact, exact).tolist() == [1.0]
    assert neighbour_recall(rows([0.6, 0.9, 0.5, 0.4]), exact).tolist() == [0.5]
    assert neighbour_recall(rows([0.1, 0.2, 0.3, 0.4]), exact).tolist() == [0.0]


def test_of_equally_near_ones_any_may_come() -> None:
    # Three are as near as the last of the two that are wanted: which of them came doesn't show.
    assert neighbour_recall(rows([0.8, 0.8]), rows([0.9, 0.8])).tolist() == [1.0]


def test_fewer_than_k() -> None:
    nothing = -np.inf
    assert neighbour_recall(rows([0.5, nothing]), rows([0.5, nothing])).tolist() == [1.0]
    assert neighbour_recall(rows([0.5, nothing]), rows([0.5, 0.4])).tolist() == [0.5]
    assert np.isnan(neighbour_recall(rows([nothing]), rows([nothing]))).all()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(1, 2\) and \(1, 3\)"):
        neighbour_recall(np.zeros((1, 2), "f4"), np.zeros((1, 3), "f4"))

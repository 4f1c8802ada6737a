from __future__ import annotations

import numpy as np
import pytest

from vsearch.recommending.goes_with.blend import Beside, blend

EVERY = np.ones(3, np.bool_)
OPINIONS = np.log(np.array([0.5, 0.3, 0.2], np.float32))


def beside(*counts: tuple[int, int, float]) -> Beside:
    asking, rows, baskets = zip(*counts, strict=True) if counts else ((), (), ())
    return Beside(
        np.array(asking, np.int64), np.array(rows, np.int64), np.array(baskets, np.float32)
    )


def test_without_baskets_the_opinion_stands() -> None:
    blended = blend(OPINIONS + 7, beside(), 1, 10.0, EVERY)
    np.testing.assert_allclose(np.exp(blended.scores), [0.5, 0.3, 0.2], rtol=1e-5)
    assert not blended.from_baskets.any()


def test_one_asking_product_is_smoothed_as_dirichlet_does() -> None:
    blended = blend(OPINIONS, beside((0, 2, 8.0), (0, 0, 2.0)), 1, 10.0, EVERY)
    odds = np.exp(blended.scores)
    smoothed = (np.array([2.0, 0.0, 8.0]) + 10 * np.exp(OPINIONS)) / 20
    np.testing.assert_allclose(odds / odds.sum(), smoothed, rtol=1e-5)


@pytest.mark.parametrize(("baskets", "first"), [(1.0, 0), (1_000.0, 2)])
def test_many_baskets_outweigh_an_opinion_and_few_do_not(baskets: float, first: int) -> None:
    blended = blend(OPINIONS, beside((0, 2, baskets)), 1, 30.0, EVERY)
    assert blended.scores.argmax() == first


def test_what_is_no_answer_stays_none() -> None:
    blended = blend(OPINIONS, beside((0, 0, 5.0)), 1, 10.0, np.array([False, True, True]))
    assert blended.scores[0] == -np.inf
    assert not np.isfinite(blend(OPINIONS, beside(), 1, 10.0, ~EVERY).scores).any()

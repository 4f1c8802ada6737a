from __future__ import annotations

import numpy as np
import pytest

from vsearch.recommending.goes_with.fit import FitOptions, fit, steps
from vsearch.recommending.goes_with.judging import Known, cases, judge
from vsearch.recommending.goes_with.model import GoesWithModel

EACH_EIGHTH = 8
SAMPLED = FitOptions(all_up_to=10, evenly_drawn=24)


def fitted(made_up, baskets, options: FitOptions) -> GoesWithModel:
    return fit(made_up.assortment, made_up.looks, baskets, "e", options, lambda _step: None)


@pytest.fixture(scope="module")
def model(made_up) -> GoesWithModel:
    return fitted(made_up, made_up.baskets(300), FitOptions())


def found(made_up, model: GoesWithModel) -> float:
    """The share of missing products among the first ten, with no basket to go by."""
    placed = model.placed(made_up.assortment, [made_up.looks])
    asked = cases(made_up.baskets(100, seed=1), 500, 0)
    popularity = np.zeros(len(made_up.assortment), np.float32)
    figures = judge(made_up.assortment, lambda asking: placed.opinions(asking, popularity), asked)
    return float(figures.found.mean())


def test_a_hidden_rule_is_learned(made_up, model: GoesWithModel) -> None:
    # Eight products go with each one; ten of 96 are looked at, and one basket in ten is random.
    assert found(made_up, model) > 0.75


def test_it_holds_for_products_that_no_basket_had(made_up) -> None:
    new = np.arange(0, len(made_up.assortment), EACH_EIGHTH)
    seen = [basket for basket in made_up.baskets(400) if not np.isin(basket, new).any()]
    placed = fitted(made_up, seen, FitOptions()).placed(made_up.assortment, [made_up.looks])
    popularity = np.zeros(len(made_up.assortment), np.float32)
    right = 0
    coats = np.flatnonzero(made_up.assortment.categories == made_up.assortment.categories[0])
    for coat in coats:
        scores = placed.opinions(np.array([coat]), popularity)[new]
        best = int(new[scores.argmax()])
        shoes = made_up.assortment.categories[best] == made_up.assortment.categories[24]
        right += bool(shoes and made_up.styles[best] == made_up.styles[coat])
    assert right > 0.8 * len(coats)


def test_a_sample_of_the_products_is_enough(made_up) -> None:
    assert found(made_up, fitted(made_up, made_up.baskets(300), SAMPLED)) > 0.7


def test_the_same_input_gives_the_same_model_and_every_step_is_told(
    made_up, model: GoesWithModel
) -> None:
    told: list[int] = []
    baskets = made_up.baskets(300)
    again = fit(made_up.assortment, made_up.looks, baskets, "e", FitOptions(), told.append)
    assert sum(told) == steps(baskets)
    assert again.matching == model.matching
    for name in ("asking", "offered", "bias", "centre"):
        np.testing.assert_array_equal(getattr(again, name), getattr(model, name))


def test_places_do_not_hang_on_how_the_looks_come(made_up, model: GoesWithModel) -> None:
    whole = model.placed(made_up.assortment, [made_up.looks])
    parts = model.placed(made_up.assortment, np.array_split(made_up.looks, 7))
    np.testing.assert_allclose(parts.offered, whole.offered, atol=1e-5)
    np.testing.assert_allclose(parts.bias, whole.bias, atol=1e-5)


def test_known_counts_pairs(made_up) -> None:
    known = Known.of(made_up.assortment, [np.array([0, 1, 2]), np.array([0, 1])])
    assert known.met[:4].tolist() == [2, 2, 1, 0]
    assert known.together[[0]].toarray()[0, :3].tolist() == [0, 2, 1]

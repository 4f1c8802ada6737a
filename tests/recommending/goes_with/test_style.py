from __future__ import annotations

import numpy as np

from vsearch.recommending.goes_with.style import Styled

NOTHING = np.zeros(0, np.float32)


def test_the_same_style_of_another_category_comes_first(made_up) -> None:
    styled = Styled.of(made_up.assortment, lambda: [made_up.looks])
    right = 0
    for row in range(len(made_up.assortment)):
        asked = np.array([row])
        scores = styled.opinions(asked, NOTHING)
        scores[~styled.may_complete(asked)] = -np.inf
        best = int(scores.argmax())
        assert made_up.assortment.categories[best] != made_up.assortment.categories[row]
        right += made_up.styles[best] == made_up.styles[row]
    assert right > 0.9 * len(made_up.assortment)


def test_chunks_make_no_difference(made_up) -> None:
    whole = Styled.of(made_up.assortment, lambda: [made_up.looks])
    parts = Styled.of(made_up.assortment, lambda: np.array_split(made_up.looks, 5))
    cosines = whole.styles @ whole.styles.T
    np.testing.assert_allclose(parts.styles @ parts.styles.T, cosines, atol=1e-4)


def test_without_a_picture_nothing_is_said(made_up) -> None:
    looks = made_up.looks.copy()
    looks[0] = 0
    styled = Styled.of(made_up.assortment, lambda: [looks])
    assert not styled.may_complete(np.array([0])).any()
    assert not styled.may_complete(np.array([40]))[0]
    assert styled.may_complete(np.array([0, 40])).any()

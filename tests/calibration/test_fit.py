"""From findings to figures."""

from __future__ import annotations

import numpy as np
import pytest

from vsearch.calibration import fit
from vsearch.calibration.category import DEFAULT_TEMPERATURE
from vsearch.calibration.evidence import Finding, Rival


def finding(own: float, *rivals: float, category: tuple[str, ...] = ()) -> Finding:
    return Finding(own, tuple(Rival(score, n) for n, score in enumerate(rivals, 1)), category)


def findings(gap: float, count: int = 200) -> list[Finding]:
    """Photos whose product scores ``gap`` more than its rivals, give or take 0.1."""
    random = np.random.default_rng(0)
    rivals = 0.6 + random.normal(0, 0.05, count)
    return [finding(rival + gap + random.normal(0, 0.1), rival, rival - 0.02) for rival in rivals]


def said(model: fit.MatchModel, score: float, lead: float) -> float:
    return float(
        1 / (1 + np.exp(-(model.score_weight * score + model.lead_weight * lead + model.offset)))
    )


def test_a_high_score_with_a_lead_is_sure_and_a_usual_one_is_not() -> None:
    model = fit.fit_match(findings(0.2))
    assert said(model, 0.85, 0.25) > 0.9
    assert said(model, 0.6, 0.02) < 0.3


def test_half_of_all_photos_show_nothing_that_is_there() -> None:
    photos = findings(0.2)
    model = fit.fit_match(photos)
    both = [(max(f.own, f.rivals[0].score), f) for f in photos]
    there = [
        said(model, best, best - max(min(f.own, f.rivals[0].score), f.rivals[1].score))
        for best, f in both
    ]
    absent = [said(model, f.rivals[0].score, f.rivals[0].score - f.rivals[1].score) for f in photos]
    right = sum(f.own > f.rivals[0].score for f in photos)
    assert np.mean(there + absent) == pytest.approx(right / (2 * len(photos)), abs=1e-3)


def test_where_no_photo_finds_its_product_no_score_is_trusted() -> None:
    model = fit.fit_match([finding(0.1, 0.6, 0.5) for _ in range(40)])
    assert said(model, 1.0, 0.9) < 0.02


def test_the_usual_rival_and_the_floor_come_from_the_best_scores() -> None:
    photos = [finding(n / 100, 0.2, 0.1) for n in range(101)]
    assert fit.usual_rival(photos) == pytest.approx(0.2)
    assert fit.nothing_alike([finding(n / 100, -1.0, -1.0) for n in range(101)]) == pytest.approx(
        0.025
    )


def test_nearly_all_copies_are_found_where_no_neighbour_is_as_near() -> None:
    copies, neighbours = np.linspace(0.9, 1.0, 101), np.linspace(0.3, 0.7, 101)
    assert fit.copies_from(copies, neighbours) == pytest.approx(0.905)


def test_near_neighbours_raise_the_threshold_up_to_half_of_the_copies() -> None:
    copies = np.linspace(0.9, 1.0, 101)
    assert fit.copies_from(copies, np.linspace(0.5, 0.93, 101)) == pytest.approx(0.9257)
    # Every product is listed twice: that is what is looked for, and no reason not to.
    assert fit.copies_from(copies, np.ones(101)) == pytest.approx(0.95)


def test_a_vote_is_as_sharp_as_the_nearest_is_right() -> None:
    categories = {1: ("a",), 2: ("b",)}
    always = [finding(0.8, 0.7, 0.6, category=("a",)) for _ in range(40)]
    # The nearest is of another category half of the time.
    half = [finding(0.6 + 0.2 * (n % 2), 0.1, 0.7, category=("a",)) for n in range(40)]
    assert fit.fit_temperature(always, categories) < fit.fit_temperature(half, categories)


def test_too_few_categories_leave_the_usual_temperature() -> None:
    photos = [finding(0.8, 0.7, 0.6) for _ in range(40)]
    assert fit.fit_temperature(photos, {}) == DEFAULT_TEMPERATURE

"""Weights fitted on a shop's own events."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.recommending.conftest import shop_events
from vsearch import Collection
from vsearch.behaviour.behaviour import Behaviour
from vsearch.layout import Layout
from vsearch.recommender_evaluation.event_columns import as_columns
from vsearch.recommending.blend import DEFAULT, Blend, Choice, fitted
from vsearch.recommending.company import KnownCompany
from vsearch.recommending.current_blend import CurrentBlend
from vsearch.recommending.evidence import NAMES, Company
from vsearch.recommending.fitting import _take_off, fit_blend
from vsearch.recommending.questions import past_questions
from vsearch.recommending.traits import KeptTraits


def test_what_decides_gets_its_weight() -> None:
    random = np.random.default_rng(0)
    choices = []
    true = np.array([0.0, 2.0, 0.0, 0.0, -1.0, 0.0, 0.0, 1.0])
    for _ in range(800):
        values = random.standard_normal((20, len(NAMES)))
        chances = np.exp(values @ true)
        choices.append(Choice(values, int(random.choice(20, p=chances / chances.sum()))))
    found = fitted(choices)
    assert found.questions == 800
    np.testing.assert_allclose(found.weights, true, atol=0.2)
    # Three questions change little.
    np.testing.assert_allclose(fitted(choices[:3]).weights, DEFAULT.weights, atol=1.0)
    assert fitted([]).weights == pytest.approx(DEFAULT.weights)


def test_the_company_of_a_right_answer_is_as_if_it_had_never_been_met() -> None:
    events = sorted(shop_events(), key=lambda event: event.at)
    behaviour = Behaviour.of([as_columns(events)])
    questions = [*past_questions(behaviour, 100, np.random.default_rng(0))]
    assert len(questions) > 20
    for question in questions[:12]:
        target = behaviour.skus[question.target]
        (who,) = {
            event.user_id
            for event in events
            if {behaviour.skus[one] for one in question.met}
            == {other.sku for other in events if other.user_id == event.user_id}
        }
        without = [one for one in events if (one.user_id, one.sku) != (who, target)]
        expected = _company(Behaviour.of([as_columns(without)]), question.history, target)
        company = _company(behaviour, question.history, target)
        own = behaviour.numbers(question.history)
        weights = np.array([*question.history.values()])
        _take_off(behaviour, question, own, weights, company, 0)
        np.testing.assert_allclose(company.in_session, expected.in_session, rtol=1e-6)
        np.testing.assert_allclose(company.by_shopper, expected.by_shopper, rtol=1e-6)


def _company(behaviour: Behaviour, history: dict[str, float], target: str) -> Company:
    weights = np.array([*history.values()])
    return KnownCompany(behaviour, tuple(history)).of(weights, behaviour.numbers([target]))


def test_a_shop_is_fitted_where_it_has_enough_events(shop: Collection) -> None:
    behaviour = Behaviour.of(shop.events.read())
    with shop._searcher.reading() as reading:
        traits = KeptTraits().of(reading)
        found = fit_blend(behaviour, traits)
        assert found == fit_blend(behaviour, traits)
        few = Behaviour.of([as_columns(shop_events()[:20])])
        assert fit_blend(few, traits) is DEFAULT
    assert found.questions >= 30
    assert found.weights != DEFAULT.weights


def test_it_is_fitted_again_when_events_have_doubled_and_kept_between(tmp_path: Path) -> None:
    calls: list[int] = []

    def get(current: CurrentBlend, events: int) -> Blend:
        behaviour = Behaviour.of([as_columns(shop_events()[:1] * events)])

        def fit() -> Blend:
            calls.append(events)
            return Blend((float(events),) * len(NAMES), events)

        return current.get(behaviour, fit)

    current = CurrentBlend(Layout(tmp_path))
    assert get(current, 99) is DEFAULT
    assert get(current, 100).questions == get(current, 199).questions == 100
    assert get(current, 200).questions == 200
    # Events that were removed count as well; another process reads what was kept.
    assert get(CurrentBlend(Layout(tmp_path)), 150) == Blend((200.0,) * len(NAMES), 200)
    assert get(CurrentBlend(Layout(tmp_path)), 100).questions == 100
    file = tmp_path / "behaviour" / "blend.json"
    whole = file.read_text()
    no_number = whole.replace('"looks": 100.0', '"looks": NaN')
    for damaged in ('{"version": 1}', no_number, whole.replace('"events": 100', '"events": 1e999')):
        assert damaged != whole
        file.write_text(damaged)
        assert get(CurrentBlend(Layout(tmp_path)), 120).questions == 120
    assert get(CurrentBlend(None), 120).questions == 120
    assert calls == [100, 200, 100, 120, 120, 120, 120]

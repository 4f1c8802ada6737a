"""A blend fitted on a shop's own events: what did shoppers meet next, of all that they could."""

from __future__ import annotations

import numpy as np

from vsearch.behaviour.behaviour import Behaviour
from vsearch.behaviour.together import Together
from vsearch.recommending.blend import DEFAULT, Blend, Choice, fitted
from vsearch.recommending.company import KnownCompany
from vsearch.recommending.evidence import Asking, Company, Numbers, evidence, popularity_of
from vsearch.recommending.questions import PastQuestion, drawn_products, past_questions
from vsearch.recommending.traits import Codes, TraitReader, Traits

#: Questions that are fitted on, at most, and what is needed at least.
_MOST, _LEAST = 300, 30

#: Products that a shopper could have met in place of what they met.
_OTHERS = 300


def fit_blend(behaviour: Behaviour, traits: TraitReader, seed: int = 0) -> Blend:
    """Fit the weights on what shoppers met; the default ones where that is too little.

    Each question is asked as if its shopper had never met the right answer: what they
    themselves have added to popularity and company is taken off first.
    """
    random = np.random.default_rng(seed)
    others = drawn_products(behaviour, traits, _OTHERS, random)
    choices = []
    questions = [*past_questions(behaviour, _MOST, random)]
    # All at once: one by one they would be asked for in hundreds of statements.
    named = {sku for question in questions for sku in question.history}
    named.update(behaviour.skus[question.target] for question in questions)
    traits.of([*traits.ids_of(sorted(named)).values()])
    for question in questions:
        choice = _choice(behaviour, traits, question, others)
        if choice is not None:
            choices.append(choice)
    return fitted(choices) if len(choices) >= _LEAST else DEFAULT


def _choice(
    behaviour: Behaviour, traits: TraitReader, question: PastQuestion, others: Traits
) -> Choice | None:
    """What spoke for the right answer and for others; None where the catalogue has lost it."""
    known = traits.ids_of([*question.history])
    history = {sku: one for sku, one in question.history.items() if sku in known}
    target = traits.of([*traits.ids_of([behaviour.skus[question.target]]).values()])
    if not history or not len(target):
        return None
    own = traits.of([known[sku] for sku in history])
    weights = np.array([history[sku] for sku in own.skus])
    numbers = behaviour.numbers(others.skus)
    left = ~np.isin(numbers, question.met) & ~np.isin(others.groups, own.groups)
    if np.isin(target.groups, own.groups).any() or not left.any():
        return None
    candidates = traits.of([*others.ids[left].tolist(), int(target.ids[0])])
    numbers = behaviour.numbers(candidates.skus)
    chosen = int(np.flatnonzero(numbers == question.target)[0])
    wanted = behaviour.weights[numbers].copy()
    wanted[chosen] = max(0.0, wanted[chosen] - question.own_weight)
    company = KnownCompany(behaviour, own.skus).of(weights, numbers)
    _take_off(behaviour, question, behaviour.numbers(own.skus), weights, company, chosen)
    values = evidence(Asking(own, weights), candidates, popularity_of(wanted), company)
    return Choice(values, chosen)


def _take_off(
    behaviour: Behaviour,
    question: PastQuestion,
    own: Codes,
    weights: Numbers,
    company: Company,
    chosen: int,
) -> None:
    """Take off the company of the right answer what the shopper has added to it."""
    target = question.target
    together = np.array([sum(one in met for met in question.sessions) for one in own.tolist()])
    company.in_session[chosen] = weights @ _less(
        behaviour.in_session,
        behaviour.met_in_session,
        own,
        target,
        together,
        len(question.sessions),
    )
    company.by_shopper[chosen] = weights @ _less(
        behaviour.by_shopper, behaviour.met_by_shopper, own, target, np.ones(len(own)), 1
    )


def _less(
    counted: Together,
    met: np.ndarray[tuple[int], np.dtype[np.float32]],
    own: Codes,
    target: int,
    together: Numbers,
    groups: int,
) -> Numbers:
    """(q,) the similarity to the target without some groups that met both."""
    counts = counted.rows(own)[:, [target]].toarray()[:, 0]
    left = np.maximum(counts - together, 0)
    return counted.similarity(left, met[own], np.maximum(met[target] - groups, 0))

"""What goes with what in the simulated shop."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vsearch.recommender_evaluation.simulation.draw import draw
from vsearch.recommender_evaluation.simulation.traits import NONE, Codes, Traits

_MOST_PARTNERS = 3
_ITSELF = 0.1
_SAME_WIDE = 0.5

#: How much agreement counts where it counts, and how often it does.
_BRAND, _COLOUR, _STYLE = 1.5, 1.5, 0.75
_COUNTS = 0.5
_PRICE = 0.5


@dataclass(frozen=True, slots=True)
class Rule:
    """One category calls for another."""

    partner: int
    """Its ``Traits.narrow``, or ``Traits.theme``."""
    probability: float
    """Among the rules of the calling category."""
    brand: float
    """What agreement adds, as in a taste."""
    colour: float
    style: float


class Rules:
    """The partners of every category, to the second level; hidden from every recommender."""

    def __init__(
        self, traits: Traits, random: np.random.Generator, *, by_theme: bool = False
    ) -> None:
        """Draw them.

        Args:
            traits: of n products.
            random: drawn from.
            by_theme: whether themes stand for categories; then nothing else counts.
        """
        self._traits = traits
        self._categories = traits.theme if by_theme else traits.narrow
        wide = np.full(len(traits), NONE) if by_theme else traits.wide
        self.of_category = _draw_rules(self._categories, wide, random)
        """By ``Traits.narrow``, or ``Traits.theme``."""
        if by_theme:
            self.of_category = {
                category: tuple(replace(rule, brand=0.0, colour=0.0, style=0.0) for rule in rules)
                for category, rules in self.of_category.items()
            }
        self._price = 0.0 if by_theme else _PRICE

    def draw_partner(
        self, product: int, weights: npt.NDArray[np.float64], random: np.random.Generator
    ) -> int | None:
        """Draw a product that goes with another; None where its category calls for nothing.

        Args:
            product: the row of the one that calls.
            weights: (n,) chances that a product is taken, whatever it is to go with.
            random: drawn from.
        """
        traits = self._traits
        rules = self.of_category.get(int(self._categories[product]), ())
        if not rules:
            return None
        rule = rules[draw(random, np.array([one.probability for one in rules]))]
        fitting = np.flatnonzero((self._categories == rule.partner) & (weights > 0))
        if not len(fitting):
            return None
        likings = (
            rule.brand * _agree(traits.brand, fitting, product)
            + rule.colour * _agree(traits.colour, fitting, product)
            + rule.style * _agree(traits.style, fitting, product).sum(axis=1)
            - self._price * np.abs(traits.price[fitting] - traits.price[product])
        )
        return int(fitting[draw(random, weights[fitting] * np.exp(likings))])


def _draw_rules(
    narrow: Codes, wide: Codes, random: np.random.Generator
) -> dict[int, tuple[Rule, ...]]:
    categories, first, sizes = np.unique(narrow, return_index=True, return_counts=True)
    wide = wide[first]
    rules = {}
    for place, category in enumerate(categories):
        if category == NONE:
            continue
        others = (categories != category) & (categories != NONE)
        near = others & (wide == wide[place]) & (wide != NONE)
        partners: dict[int, None] = {}
        for _ in range(random.integers(1, _MOST_PARTNERS + 1)):
            choice = others
            if random.random() < _SAME_WIDE and near.any():
                choice = near
            if random.random() < _ITSELF or not choice.any():
                partners[int(category)] = None
            else:
                partners[int(categories[draw(random, choice * np.sqrt(sizes))])] = None
        shares = random.dirichlet(np.ones(len(partners)))
        rules[int(category)] = tuple(
            Rule(partner, float(share), *_manner(random))
            for partner, share in zip(partners, shares, strict=True)
        )
    return rules


def _manner(random: np.random.Generator) -> tuple[float, float, float]:
    brand, colour, style = random.random(3) < _COUNTS
    return _BRAND * bool(brand), _COLOUR * bool(colour), _STYLE * bool(style)


def _agree(codes: Codes, rows: Codes, product: int) -> npt.NDArray[np.bool_]:
    agreeing: npt.NDArray[np.bool_] = (codes[rows] == codes[product]) & (codes[rows] != NONE)
    return agreeing

"""What one shopper likes: some traits of a product that they could have bought."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vsearch.recommender_evaluation.simulation.draw import draw
from vsearch.recommender_evaluation.simulation.options import TasteWeights
from vsearch.recommender_evaluation.simulation.traits import NONE, Codes, Traits

_WHOLE_CATEGORY = 0.5
_SECOND_COLOUR = 0.3
_LIKES_BRAND = 0.7

Likings = npt.NDArray[np.float64]
"""(n,) how much each product is liked; 0 for no liking."""


def draw_taste(
    traits: Traits,
    popularity: npt.NDArray[np.float64],
    weights: TasteWeights,
    random: np.random.Generator,
) -> Likings:
    """Draw a taste, as the liking of every product.

    Args:
        traits: of n products.
        popularity: (n,) chances to be met; 0 where a product isn't there yet.
        weights: what counts how much.
        random: drawn from.
    """
    model = draw(random, np.sqrt(popularity))
    categories = traits.wide if random.random() < _WHOLE_CATEGORY else traits.narrow
    is_inside = _agrees(categories, categories[model])
    colours = [traits.colour[model]]
    if random.random() < _SECOND_COLOUR and is_inside.any():
        colours.append(random.choice(traits.colour[is_inside]))
    likings = weights.category * is_inside
    likings += weights.colour * np.logical_or.reduce(
        [_agrees(traits.colour, colour) for colour in colours]
    )
    if random.random() < _LIKES_BRAND:
        likings += weights.brand * _agrees(traits.brand, traits.brand[model])
    likings += weights.style * _agrees(traits.style, traits.style[model]).sum(axis=1)
    liked: Likings = likings - weights.price * np.abs(traits.price - traits.price[model])
    return liked


def _agrees(codes: Codes, wanted: Codes | np.int64) -> npt.NDArray[np.bool_]:
    agreeing: npt.NDArray[np.bool_] = (codes == wanted) & (codes != NONE)
    return agreeing

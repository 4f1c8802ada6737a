"""What one shopper likes: some traits of a product that they could have bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vsearch.recommender_evaluation.simulation.draw import draw
from vsearch.recommender_evaluation.simulation.options import TasteModel
from vsearch.recommender_evaluation.simulation.traits import NONE, Codes, Traits

_SECOND_COLOUR = 0.3
_LIKES_BRAND = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class Taste:
    """A taste, as what it says of each of n products."""

    is_about: npt.NDArray[np.bool_]
    """(n,) the products of the category, or the brand, that it is about."""
    likings: npt.NDArray[np.float64]
    """(n,) how much each product is liked; 0 for no liking."""
    appeal: npt.NDArray[np.float64]
    """(n,) what the liking multiplies a chance by."""


def draw_taste(
    traits: Traits,
    popularity: npt.NDArray[np.float64],
    model: TasteModel,
    random: np.random.Generator,
) -> Taste:
    """Draw a taste from a product that there is.

    Args:
        traits: of n products.
        popularity: (n,) chances to be met; 0 where a product isn't there yet.
        model: what counts how much.
        random: drawn from.
    """
    pattern = draw(random, np.sqrt(popularity))
    kinds = (
        (traits.wide, model.widest_category),
        (traits.narrow, model.category),
        (traits.brand, model.brand_only),
        (traits.colour, model.colour_only),
        (traits.theme, model.theme),
    )
    about, _ = kinds[draw(random, np.array([share for _, share in kinds]))]
    is_about = _agrees(about, about[pattern])
    colours = [traits.colour[pattern]]
    if random.random() < _SECOND_COLOUR and is_about.any():
        colours.append(random.choice(traits.colour[is_about]))
    likings = model.colour * np.logical_or.reduce(
        [_agrees(traits.colour, colour) for colour in colours]
    )
    if random.random() < _LIKES_BRAND:
        likings = likings + model.brand * _agrees(traits.brand, traits.brand[pattern])
    likings = likings + model.style * _agrees(traits.style, traits.style[pattern]).sum(axis=1)
    likings -= model.price * np.abs(traits.price - traits.price[pattern])
    return Taste(is_about, likings + model.about * is_about, np.exp(likings))


def _agrees(codes: Codes, wanted: Codes | np.int64) -> npt.NDArray[np.bool_]:
    agreeing: npt.NDArray[np.bool_] = (codes == wanted) & (codes != NONE)
    return agreeing

"""How what speaks for a product is weighed: by default, or as a shop's own events teach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from vsearch.recommending.evidence import NAMES, Numbers
from vsearch.recommending.recommended import Basis

#: What each column of evidence says of a product.
BASES = (
    Basis.LOOKS,
    Basis.KIND,
    Basis.KIND,
    Basis.KIND,
    Basis.KIND,
    Basis.TOGETHER,
    Basis.TOGETHER,
    Basis.POPULAR,
)

#: Fitted weights stay near the defaults unless the events say otherwise: a weight that is 0.7
#: off costs as much as one question that is answered wrongly.
_HOLD = 1.0

_STEPS = 60


@dataclass(frozen=True, slots=True)
class Blend:
    """The weights of what speaks for a product."""

    weights: tuple[float, ...]
    """In the order of ``evidence.NAMES``."""
    questions: int = 0
    """On how many of the shop's own questions they were fitted."""

    def utilities(self, values: Numbers) -> Numbers:
        """(c,) how much speaks for each product; e to it is proportional to its chance."""
        return np.asarray(values @ np.array(self.weights))


#: About what is fitted on simulated shops of 30 to 100 shoppers over the sample catalogue, seeds
#: 0 to 2: where there are more the shop's own events decide.
DEFAULT = Blend((0.15, 0.35, 0.2, 0.2, 0.4, 0.7, 0.1, 0.6))


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One product that a shopper met next, among others that they didn't."""

    values: Numbers
    """(c, 8) what spoke for each of them before."""
    chosen: int


def fitted(choices: Sequence[Choice], start: Blend = DEFAULT) -> Blend:
    """The weights under which what shoppers met next was likeliest.

    A conditional logit (McFadden, 1974), with a normal prior around ``start``.
    """
    prior = np.array(start.weights)

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        off = weights - prior
        total, slope = _HOLD * float(off @ off), 2 * _HOLD * off
        for choice in choices:
            utilities = choice.values @ weights
            utilities -= utilities.max()
            chances = np.exp(utilities)
            chances /= chances.sum()
            total -= float(np.log(chances[choice.chosen] + 1e-300))
            slope = slope - choice.values[choice.chosen] + chances @ choice.values
        return total, slope

    found = minimize(loss, prior, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    assert len(found.x) == len(NAMES)
    return Blend(tuple(float(one) for one in found.x), len(choices))

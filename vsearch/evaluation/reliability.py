"""Whether a confidence means what it says: of what is given 80%, 80% should be right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class ConfidenceBin:
    """Answers of about one confidence."""

    answers: int

    confidence: float
    """Their mean, 0 to 1."""

    right: float
    """The share of them that is right, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far confidences are from what came true."""

    bins: tuple[ConfidenceBin, ...]
    """From the least confidence up; empty ones are left out."""

    calibration_error: float
    """The mean distance between a bin's confidence and its share of right answers, by answers:
    0 is best."""

    brier_score: float
    """The mean square of confidence minus outcome: 0 is best, always saying 50% has 0.25."""


def reliability_of(
    confidences: npt.NDArray[np.float64], is_right: npt.NDArray[np.bool_], *, bins: int = 10
) -> Reliability:
    """Compare confidences with outcomes, in bins of equal width.

    Calibration error: Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks",
    ICML 2017, equation 3. Brier, "Verification of Forecasts Expressed in Terms of Probability",
    Monthly Weather Review 1950.

    Args:
        confidences: (n,) 0 to 1, n ≥ 1.
        is_right: (n,) whether it came true.
        bins: how many.

    >>> found = reliability_of(np.array([0.25, 0.25, 1.0]), np.array([True, False, True]))
    >>> [(one.answers, one.confidence, one.right) for one in found.bins]
    [(2, 0.25, 0.5), (1, 1.0, 1.0)]
    >>> round(found.calibration_error, 4), round(found.brier_score, 4)
    (0.1667, 0.2083)

    Raises:
        ValueError: the shapes differ, there is no answer, or a confidence is out of range.
    """
    if confidences.shape != is_right.shape or not len(confidences) or bins < 1:
        raise ValueError("a confidence and an outcome for each answer, one at least, are needed")
    if not ((confidences >= 0) & (confidences <= 1)).all():
        raise ValueError("a confidence is not between 0 and 1")
    places = np.minimum((confidences * bins).astype(np.int64), bins - 1)
    found = tuple(
        ConfidenceBin(
            int((places == place).sum()),
            float(confidences[places == place].mean()),
            float(is_right[places == place].mean()),
        )
        for place in np.unique(places).tolist()
    )
    gaps = sum(one.answers * abs(one.confidence - one.right) for one in found)
    return Reliability(
        bins=found,
        calibration_error=gaps / len(confidences),
        brier_score=float(((confidences - is_right) ** 2).mean()),
    )

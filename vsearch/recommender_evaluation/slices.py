"""Parts of the cases that are worth a figure of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from vsearch.evaluation.interval import Interval, bootstrap
from vsearch.recommender_evaluation.cases import Case
from vsearch.recommender_evaluation.gallery import Gallery
from vsearch.recommender_evaluation.measured import Measured, Question, Slice
from vsearch.recommender_evaluation.measures import NDCG, RECALL, Known

_FEW, _SOME = 4, 19


def slice_cases(
    cases: Sequence[Case],
    measured: Sequence[Measured],
    gallery: Gallery,
    known: Known,
    question: Question,
) -> tuple[Slice, ...]:
    """By how much is known of the shopper, and of the product; parts without a case are left out.

    Args:
        cases: all of them.
        measured: the systems.
        gallery: the products.
        known: what was known of them.
        question: what was asked.
    """
    sizes = np.array([len({event.sku for event in case.history}) for case in cases], np.int64)
    targets = gallery.rows(case.target for case in cases)
    is_cold = known.met_by[targets] == 0
    if question is Question.NEXT:
        parts = {
            "shoppers without a history": sizes == 0,
            f"1 to {_FEW} products known": (sizes > 0) & (sizes <= _FEW),
            f"{_FEW + 1} to {_SOME} known": (sizes > _FEW) & (sizes <= _SOME),
            f"{_SOME + 1} or more known": sizes > _SOME,
        }
    else:
        is_other = _of_other_category(cases, gallery)
        parts = {
            "from one product": sizes == 1,
            "from several": sizes > 1,
            "to another category": is_other,
            "to the same category": ~is_other,
        }
    parts |= {"cold: product without events": is_cold, "product with events": ~is_cold}
    return tuple(
        Slice(name, int(which.sum()), tuple(_figures(one, which) for one in measured))
        for name, which in parts.items()
        if which.any()
    )


def _figures(measured: Measured, which: npt.NDArray[np.bool_]) -> Mapping[str, Interval]:
    return {key: bootstrap(measured.values[key][which]) for key in (RECALL, NDCG)}


def _of_other_category(cases: Sequence[Case], gallery: Gallery) -> npt.NDArray[np.bool_]:
    return np.array(
        [
            gallery.categories[gallery.row_of[case.target]]
            not in gallery.categories[gallery.rows(event.sku for event in case.history)]
            for case in cases
        ],
        np.bool_,
    )

"""How many want a product: what a baseline goes by, and what novelty and bias are told from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from vsearch.behaviour.baskets import PUT_TOGETHER, basket_keys
from vsearch.events.columns import EventColumns
from vsearch.recommender_evaluation.gallery import Gallery

_DAY = np.timedelta64(1, "D")

#: Decides between chances that are equal, and nothing else.
_TIE = 1e-9

PerProduct = npt.NDArray[np.float64]
"""(n,) one figure a product of the gallery."""


def wanted_now(events: EventColumns, gallery: Gallery, half_life_days: float) -> PerProduct:
    """How many shoppers met each product, halved with the age of the last time they did.

    Args:
        events: by their time.
        gallery: the products.
        half_life_days: after how many days somebody counts half.
    """
    last: dict[tuple[str, int], int] = {}
    for place, (who, sku) in enumerate(zip(shoppers(events), events.skus, strict=True)):
        row = gallery.row_of.get(sku)
        if row is not None:
            last[who, row] = place
    if not last:
        return np.zeros(len(gallery))
    rows = np.array([row for _, row in last], np.int64)
    ages = (events.at.max() - events.at[np.array(list(last.values()), np.int64)]) / _DAY
    return np.bincount(rows, 0.5 ** (ages / half_life_days), len(gallery)).astype(np.float64)


def met_by(events: EventColumns, gallery: Gallery) -> tuple[PerProduct, int]:
    """By how many shoppers each product was met, and how many shoppers there are."""
    pairs = set(zip(shoppers(events), events.skus, strict=True))
    rows = gallery.rows(sku for _, sku in pairs)
    counts = np.bincount(rows, minlength=len(gallery)).astype(np.float64)
    return counts, len({who for who, _ in pairs})


def put_into_baskets(events: EventColumns, gallery: Gallery) -> PerProduct:
    """Into how many baskets each product was put; baskets of one product count as well."""
    kinds = {kind.value for kind in PUT_TOGETHER}
    places = [place for place, kind in enumerate(events.kinds) if kind in kinds]
    keys = basket_keys(events, places)
    pairs = {(key, events.skus[place]) for key, place in zip(keys, places, strict=True)}
    rows = gallery.rows(sku for _, sku in pairs)
    return np.bincount(rows, minlength=len(gallery)).astype(np.float64)


def popular_of_kind(
    popularity: PerProduct, kinds: npt.NDArray[np.int64], weights: Mapping[int, float]
) -> PerProduct:
    """(n,) how often a product is expected to be met by someone who keeps to kinds of products.

    The chance of a kind is its share of what was met; that of a product among its kind is its
    share of the kind's popularity.

    Args:
        popularity: (n,)
        kinds: (n,) the kind of each product.
        weights: of the rows of what was met.
    """
    if not weights:
        return popularity
    met = np.bincount(kinds[list(weights)], list(weights.values()), kinds.max() + 1)
    of_kind = np.bincount(kinds, popularity)
    shares = np.divide(met, of_kind, out=np.zeros_like(met), where=of_kind > 0)
    # Where a kind's products are all unpopular, and for those of other kinds, popularity decides.
    expected: PerProduct = popularity * (shares[kinds] + _TIE / (popularity.max() or 1))
    return expected


def shoppers(events: EventColumns) -> list[str]:
    """Whose each event is: a user's, or a session's, or of nobody else's."""
    return [
        user or (f"\n{session}" if session else f"\n\n{place}")
        for place, (user, session) in enumerate(
            zip(events.user_ids, events.session_ids, strict=True)
        )
    ]
